-- SPDX-License-Identifier: BSD-3-Clause
-- Lets Wireshark dissect what `faults/attack watch --write` captures: wireshark -X lua_script:traffic/rte_mp.lua FILE
-- The header is `Carried` of traffic/capture.py; it says where the datagram's fields lie.
local rte_mp = Proto("rte_mp", "DPDK multi-process datagram")
local types = { [0] = "MP_MSG", [1] = "MP_REQ", [2] = "MP_REP", [3] = "MP_IGN" }
local f = {
  sender = ProtoField.string("rte_mp.sender", "Sender"),
  receiver = ProtoField.string("rte_mp.receiver", "Receiver"),
  done = ProtoField.string("rte_mp.done", "Done with it"),
  fds = ProtoField.uint8("rte_mp.fds", "Descriptors passed"),
  type = ProtoField.int32("rte_mp.type", "Type", base.DEC, types),
  name = ProtoField.stringz("rte_mp.name", "Name"),
  len_param = ProtoField.int32("rte_mp.len_param", "len_param"),
  num_fds = ProtoField.int32("rte_mp.num_fds", "num_fds"),
  param = ProtoField.bytes("rte_mp.param", "param", base.SPACE),
}
rte_mp.fields = { f.sender, f.receiver, f.done, f.fds, f.type, f.name, f.len_param, f.num_fds, f.param }

function rte_mp.dissector(buffer, packet, root)
  if buffer:len() < 25 or buffer(0, 4):string() ~= "RTMP" then return 0 end
  local tree = root:add(rte_mp, buffer())
  local function at(offset) return buffer(offset, 2):uint() end
  local size = at(6)
  local offset = 25
  for index, field in ipairs({ f.sender, f.receiver, f.done }) do
    local length = buffer(21 + index, 1):uint()
    tree:add(field, buffer(offset, length))
    offset = offset + length
  end
  tree:add(f.fds, buffer(5, 1))
  packet.cols.protocol = "RTE_MP"
  if size == 0 or buffer:len() - offset < size then
    packet.cols.info = "not of the layout that is known, " .. (buffer:len() - offset) .. " bytes"
    return buffer:len()
  end
  local data = buffer(offset)
  local kind, name = data(at(8), 4), data(at(10), at(12))
  local length = data(at(14), 4)
  tree:add_le(f.type, kind)
  tree:add(f.name, name)
  tree:add_le(f.len_param, length)
  tree:add_le(f.num_fds, data(at(16), 4))
  local carried = math.min(math.max(length:le_int(), 0), at(20))
  if carried > 0 then tree:add(f.param, data(at(18), carried)) end
  packet.cols.info = (types[kind:le_int()] or ("type " .. kind:le_int())) .. " " .. name:stringz()
  return buffer:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, rte_mp)
