//! The program against a real kernel, in a network namespace of its own: a target of crates/netdiag, privileged.
//!
//! `cargo xtask test` runs it. Started any other way every test fails and says so; none passes by skipping. A test's first
//! line is [`guard::namespace`].

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod check_local;
mod check_peers;
mod connect;
mod echo_engines;
mod elsewhere;
mod formats;
mod guard;
mod installed;
mod mtr;
mod mtr_oracle;
mod mtr_redacted;
mod netdiag;
mod nobody;
mod ping_callers;
mod ping_capability;
mod ping_contradictor;
mod ping_end;
mod ping_errors;
mod ping_fault;
mod ping_forged;
mod ping_forged_errors;
mod ping_json;
mod ping_link_local;
mod ping_live;
mod ping_malformed;
mod ping_many;
mod ping_mtu;
mod ping_options;
mod ping_oracle;
mod ping_path;
mod ping_pending;
mod ping_privilege;
mod ping_refused;
mod ping_run;
mod ping_running;
mod ping_source;
mod ping_times;
mod probe;
mod race;
mod raised_privilege;
mod scarce_threads;
mod serve_faults;
mod serve_idle;
mod serve_limits;
mod serve_unread;
mod serve_wire;
#[path = "../servers/server.rs"]
mod server;
mod ss;
mod ss_events;
mod ss_explain;
mod ss_halves;
mod ss_kill;
mod ss_piles;
mod ss_process;
mod ss_unix;
mod stamping;
#[path = "../cli/terminal.rs"]
mod terminal;
mod trace;
mod trace_live;
mod trace_mtu;
mod trace_paths;
mod trace_tcp;
mod tracepath_oracle;
mod traceroute;
mod traceroute_oracle;
mod wait;
mod walked;
mod written_files;
