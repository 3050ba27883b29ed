#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# The first process of the guest. The host's root is the guest's, but what is written is lost. The NIC is
# given to vfio-pci, the other end of its cable is an interface of this kernel, and one command is run.
#
# Channel 1 takes what the command prints. Channel 2 takes signs: "ready SECONDS", "alive" every few
# seconds, and at the end "status NUMBER". The console takes everything else.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

# What the kernel command line says of a word.
told() { sed -n "s/.*\bgauntlet\.$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

# The end, where the command cannot be run: the console says why, and no status is sent.
stuck() {
  echo "gauntlet: $1"
  poweroff -f
}

# As early as this, so that no driver of the kernel's takes the NIC.
nic=$(told nic)
device=/sys/bus/pci/devices/$nic
echo vfio-pci >"$device/driver_override" || stuck "there is no PCI device $nic"
while read -r module; do
  insmod "/lib/$module.ko" || stuck "the module $module cannot be loaded"
done </modules
[ -e "$device/driver" ] || echo "$nic" >/sys/bus/pci/drivers_probe
driver=$(readlink "$device/driver")
[ "${driver##*/}" = vfio-pci ] || stuck "$nic is not bound to vfio-pci"

options=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "ro,$options,cache=loose" host /host || stuck "the host's root cannot be mounted"
mount -t 9p -o "rw,$options,cache=none" out /out || stuck "the results' folder cannot be mounted"
mount -t tmpfs -o size=60% tmpfs /written
mkdir /written/files /written/work
mount -t overlay -o lowerdir=/host,upperdir=/written/files,workdir=/written/work overlay /new ||
  stuck "the root cannot be laid over the host's"
mount -t proc proc /new/proc
mount -t sysfs sysfs /new/sys
mount -t devtmpfs devtmpfs /new/dev
mkdir -p /new/dev/pts /new/dev/shm /new/dev/hugepages
mount -t devpts devpts /new/dev/pts
mount -t tmpfs tmpfs /new/dev/shm
mount -t hugetlbfs hugetlbfs /new/dev/hugepages
mount -t tmpfs tmpfs /new/run
hostname nic-host

ip link set lo up
for interface in /sys/class/net/*; do
  [ "$(cat "$interface/address")" != "$(told mac)" ] ||
    ip link set "${interface##*/}" name "$(told wire)"
done
ip link set "$(told wire)" up || stuck "the wire of $nic is not there"

exec 3>/dev/vport0p2 || stuck "the host takes no signs"
echo "ready $(cut -d' ' -f1 /proc/uptime)" >&3
while sleep 5; do echo alive >&3; done &

# A pipe lies between the command and its channel, which one process alone can open.
mkfifo /output
cat /output >/dev/vport0p1 &
carrier=$!
(
  # The new root is mounted over this one: whoever enters the mount namespace sees the new one.
  cd /new && mount --move . / && exec chroot . /usr/bin/env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    TERM=dumb USER=root SHELL=/bin/bash /bin/sh -c "$(cat /out/box/command)"
) >/output 2>&1 </dev/null 3>&-
status=$?

# What the command has left running would keep its end of the pipe open. Its root is another one than ours.
ours=$(stat -c %d /)
for process in /proc/[0-9]*; do
  root=$(stat -L -c %d "$process/root" 2>/dev/null)
  [ "${root:-$ours}" = "$ours" ] || kill -9 "${process#/proc/}" 2>/dev/null
done
wait "$carrier"
dmesg >/out/dmesg.log
report=/written/files$(told checkout)/build/report
[ ! -d "$report" ] || cp -a "$report" /out/report || echo "gauntlet: the report cannot be copied"
echo "status $status" >&3
poweroff -f
