//! What the house reads from by itself: APIs that are polled, objects that a queue announces.
//!
//! These hands only read; what they bring is stored by the process, together with the cursor that
//! covers it. Not here: files, syslog and message streams, which are no provider's API.

pub mod aws_s3;
pub mod poll;
