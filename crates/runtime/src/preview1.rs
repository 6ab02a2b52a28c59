//! To which group does each function of preview 1 belong?

use windlass_app::Group;

/// The module name of preview 1.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// What a function needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it tells of directories, and there are none unless granted.
    Nothing,
    /// This group.
    One(Group),
    /// One of two, because the descriptor may be a standard stream or a file.
    Either(Group, Group),
}

/// What the preview 1 function of this name needs; `None` for a name that preview 1 does not have.
pub fn need(function: &str) -> Option<Need> {
    use Group::{Cli, Clocks, Filesystem, Random, Sockets};
    Some(match function {
        "args_get" | "args_sizes_get" | "environ_get" | "environ_sizes_get" | "proc_exit" | "proc_raise" => {
            Need::One(Cli)
        }
        "clock_res_get" | "clock_time_get" | "poll_oneoff" | "sched_yield" => Need::One(Clocks),
        "random_get" => Need::One(Random),
        "fd_prestat_get" | "fd_prestat_dir_name" => Need::Nothing,
        "fd_close"
        | "fd_fdstat_get"
        | "fd_fdstat_set_flags"
        | "fd_filestat_get"
        | "fd_read"
        | "fd_renumber"
        | "fd_seek"
        | "fd_tell"
        | "fd_write" => Need::Either(Cli, Filesystem),
        "fd_advise"
        | "fd_allocate"
        | "fd_datasync"
        | "fd_fdstat_set_rights"
        | "fd_filestat_set_size"
        | "fd_filestat_set_times"
        | "fd_pread"
        | "fd_pwrite"
        | "fd_readdir"
        | "fd_sync"
        | "path_create_directory"
        | "path_filestat_get"
        | "path_filestat_set_times"
        | "path_link"
        | "path_open"
        | "path_readlink"
        | "path_remove_directory"
        | "path_rename"
        | "path_symlink"
        | "path_unlink_file" => Need::One(Filesystem),
        "sock_accept" | "sock_recv" | "sock_send" | "sock_shutdown" => Need::One(Sockets),
        _ => return None,
    })
}
