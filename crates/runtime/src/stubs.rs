//! What does a stubbed interface answer?
//!
//! The one table. A stub carries no authority and no impurity: the real host functions run over a context that
//! has nothing in it.
//!
//! | group | what the guest sees |
//! |---|---|
//! | `wasi:cli` | no variables, no arguments, no directory; stdin at its end, stdout and stderr swallow |
//! | `wasi:io` | the real one: it reaches nothing by itself |
//! | `wasi:clocks` | both clocks stand still at zero |
//! | `wasi:random` | the fixed stream of seed 0, the same for every instance: NOT RANDOM |
//! | `wasi:filesystem` | no preopened directory, so every path is refused |
//! | `wasi:sockets` | `access-denied` from every socket, `permanent-resolver-failure` from every look-up |
//! | `wasi:http` | `HTTP-request-denied` for every request |
//!
//! In preview 1, `sock_*` look at the descriptor first (EBADF) and then answer ENOTSOCK: no descriptor of that
//! ABI can be a socket.

use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};
use windlass_app::{Grants, Group, Treatment};

/// Puts the neutral answers of every group that is not granted into a context.
pub fn neutralise(builder: &mut WasiCtxBuilder, grants: &Grants) {
    builder.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    if grants.treatment(Group::Clocks) != Treatment::Granted {
        builder.wall_clock(Still).monotonic_clock(Still);
    }
    if grants.treatment(Group::Random) != Treatment::Granted {
        builder.secure_random(StdRng::seed_from_u64(0));
        builder.insecure_random(StdRng::seed_from_u64(0));
        builder.insecure_random_seed(0);
    }
}

/// A clock that stands still.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}
