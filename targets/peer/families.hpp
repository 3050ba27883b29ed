// SPDX-License-Identifier: BSD-3-Clause
// The families of verbs. Each adds its own.
#pragma once

#include "targets/peer/verbs.hpp"

namespace gauntlet {

void add_process_verbs(Verbs& verbs);
void add_eal_verbs(Verbs& verbs);
void add_lock_verbs(Verbs& verbs);
void add_pdump_verbs(Verbs& verbs);
void add_mp_verbs(Verbs& verbs);
void add_measure_verbs(Verbs& verbs);
void add_ring_verbs(Verbs& verbs);
void add_ring_cost_verbs(Verbs& verbs);
void add_ring_loop_verbs(Verbs& verbs);
void add_ring_state_verbs(Verbs& verbs);
void add_ring_move_verbs(Verbs& verbs);
void add_ring_peek_verbs(Verbs& verbs);
void add_ring_death_verbs(Verbs& verbs);
void add_ring_repair_verbs(Verbs& verbs);
void add_soring_verbs(Verbs& verbs);
void add_soring_move_verbs(Verbs& verbs);
void add_soring_peek_verbs(Verbs& verbs);
void add_soring_death_verbs(Verbs& verbs);
void add_soring_loop_verbs(Verbs& verbs);
void add_tailq_verbs(Verbs& verbs);
void add_timer_verbs(Verbs& verbs);
void add_rcu_verbs(Verbs& verbs);
void add_library_verbs(Verbs& verbs);
void add_stack_verbs(Verbs& verbs);
void add_mbuf_dyn_verbs(Verbs& verbs);
void add_hash_verbs(Verbs& verbs);
void add_hash_key_verbs(Verbs& verbs);
void add_hash_turn_verbs(Verbs& verbs);
void add_metrics_verbs(Verbs& verbs);
void add_reorder_verbs(Verbs& verbs);
void add_service_verbs(Verbs& verbs);
void add_distributor_verbs(Verbs& verbs);
void add_crypto_verbs(Verbs& verbs);
void add_event_verbs(Verbs& verbs);
void add_mempool_verbs(Verbs& verbs);
void add_mempool_use_verbs(Verbs& verbs);
void add_port_verbs(Verbs& verbs);
void add_control_verbs(Verbs& verbs);
void add_port_event_verbs(Verbs& verbs);
void add_flow_verbs(Verbs& verbs);
void add_symmetric_verbs(Verbs& verbs);
void add_client_server_verbs(Verbs& verbs);
void add_bridge_verbs(Verbs& verbs);

inline void add_all_verbs(Verbs& verbs) {
  for (const auto add : {add_process_verbs,     add_eal_verbs,         add_lock_verbs,
                         add_pdump_verbs,       add_mp_verbs,          add_measure_verbs,
                         add_ring_verbs,        add_ring_cost_verbs,   add_ring_loop_verbs,
                         add_ring_state_verbs,  add_ring_move_verbs,   add_ring_peek_verbs,
                         add_ring_death_verbs,  add_ring_repair_verbs, add_soring_verbs,
                         add_soring_move_verbs, add_soring_peek_verbs, add_soring_death_verbs,
                         add_soring_loop_verbs, add_mempool_verbs,     add_mempool_use_verbs,
                         add_port_verbs,        add_symmetric_verbs,   add_client_server_verbs,
                         add_bridge_verbs,      add_control_verbs,     add_flow_verbs,
                         add_hash_verbs,        add_hash_key_verbs,    add_tailq_verbs,
                         add_timer_verbs,       add_stack_verbs,       add_mbuf_dyn_verbs,
                         add_rcu_verbs,         add_library_verbs,     add_hash_turn_verbs,
                         add_metrics_verbs,     add_reorder_verbs,     add_service_verbs,
                         add_distributor_verbs, add_crypto_verbs,      add_event_verbs,
                         add_port_event_verbs}) {
    add(verbs);
  }
}

}  // namespace gauntlet
