//! The command line as people meet it: the real program, real files, real exit codes. One test binary.

mod init_check;
mod program;
mod replay;
