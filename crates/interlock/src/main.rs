//! The process: parse, mode, function, exit code.

mod account;
mod api;
mod cli;
mod client;
mod clock;
mod commands;
mod config;
mod connectors;
mod content;
mod demo;
mod exit;
mod feed;
mod generate;
mod geo;
mod hands;
mod house;
mod lag;
mod notify;
mod output;
mod page;
mod plain;
mod plans;
mod refused;
mod replay;
mod runner;
mod serve;
mod vaulted;

use clap::Parser as _;
use cli::{
    AuditCommand, CaseCommand, Cli, Command, Common, ConnectorCommand, ContainmentCommand,
    DrillCommand, FeedCommand, FindingCommand, IdentityCommand, NoticeCommand, RejectedCommand,
};
use exit::{Ended, Failure};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Fails only when there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    output::prepare(&cli.common, &cli.command);
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if failure.exit != exit::Exit::Ok {
                output::failure(&failure);
            }
            failure.exit.into()
        }
    }
}

fn run(cli: Cli) -> Ended {
    let common = &cli.common;
    match cli.command {
        Command::Init(args) => commands::init::run(common, &args),
        Command::Check(args) => commands::check::run(common, &args),
        Command::Identity(IdentityCommand::Import(args)) => commands::import::run(common, &args),
        Command::Replay(args) => replay::run(common, &args),
        Command::Completions { shell } => generate::completions(shell),
        Command::Generate { out } => generate::run(&out),
        other @ (Command::Demo(_)
        | Command::Serve(_)
        | Command::Identity(_)
        | Command::Finding(_)
        | Command::Case(_)
        | Command::Readiness(_)
        | Command::Status(_)
        | Command::Containment(_)
        | Command::Notice(_)
        | Command::Rejected(_)
        | Command::Explain(_)
        | Command::Contain(_)
        | Command::Approve(_)
        | Command::Reject(_)
        | Command::Resume(_)
        | Command::Undo(_)
        | Command::Connector(_)
        | Command::Drill(_)
        | Command::Feed(_)
        | Command::Audit(_)) => block_on(common, other),
    }
}

/// Everything that waits for the network, the store or a provider.
fn block_on(common: &Common, command: Command) -> Ended {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::unavailable)?;
    runtime.block_on(async {
        match command {
            Command::Demo(args) => demo::run(common, &args).await,
            Command::Serve(args) => serve::run(common, &args).await,
            Command::Identity(IdentityCommand::List(args)) => {
                commands::identity::list(common, &args).await
            }
            Command::Identity(IdentityCommand::Show(args)) => {
                commands::identity::show(common, &args).await
            }
            Command::Identity(IdentityCommand::Gaps(args)) => {
                commands::identity::gaps(common, &args).await
            }
            Command::Identity(IdentityCommand::History(args)) => {
                commands::identity::history(common, &args).await
            }
            Command::Identity(IdentityCommand::LeastPrivilege(args)) => {
                commands::least_privilege::run(common, &args).await
            }
            Command::Readiness(args) => commands::readiness::run(common, &args).await,
            Command::Status(args) => commands::status::run(common, &args).await,
            Command::Containment(ContainmentCommand::List(args)) => {
                commands::containment::list(common, &args).await
            }
            Command::Containment(ContainmentCommand::Show(args)) => {
                commands::containment::show(common, &args).await
            }
            Command::Notice(NoticeCommand::List(args)) => {
                commands::notice::list(common, &args).await
            }
            Command::Rejected(RejectedCommand::List(args)) => {
                commands::rejected::list(common, &args).await
            }
            Command::Finding(FindingCommand::List(args)) => {
                commands::finding::list(common, &args).await
            }
            Command::Finding(FindingCommand::Show(args)) => {
                commands::finding::show(common, &args).await
            }
            Command::Case(CaseCommand::List(args)) => commands::case::list(common, &args).await,
            Command::Case(CaseCommand::Show(args)) => commands::case::show(common, &args).await,
            Command::Case(CaseCommand::Close(args)) => commands::case::close(common, &args).await,
            Command::Explain(args) => commands::explain::run(common, &args).await,
            Command::Contain(args) => commands::act::contain(common, &args).await,
            Command::Approve(args) => commands::act::answer(common, &args, true).await,
            Command::Reject(args) => commands::act::answer(common, &args, false).await,
            Command::Resume(args) => commands::act::resume(common, &args).await,
            Command::Undo(args) => commands::act::undo(common, &args).await,
            Command::Connector(ConnectorCommand::List) => commands::connector::list(common).await,
            Command::Connector(ConnectorCommand::Test { id }) => {
                commands::connector::test(common, id).await
            }
            Command::Connector(ConnectorCommand::Discover { id, accept_loss, server }) => {
                commands::connector::discover(common, id, accept_loss, &server).await
            }
            Command::Drill(DrillCommand::List(server)) => {
                commands::drill::list(common, &server).await
            }
            Command::Drill(DrillCommand::Run { id, server }) => {
                commands::drill::run(common, &id, &server).await
            }
            Command::Feed(FeedCommand::List(server)) => commands::feed::list(common, &server).await,
            Command::Feed(FeedCommand::Test { id }) => commands::feed::test(common, id).await,
            Command::Audit(AuditCommand::Verify { file, key }) => {
                commands::audit::verify(common, file, key).await
            }
            Command::Audit(AuditCommand::Export { file }) => {
                commands::audit::export(common, &file).await
            }
            Command::Init(_)
            | Command::Identity(IdentityCommand::Import(_))
            | Command::Check(_)
            | Command::Replay(_)
            | Command::Completions { .. }
            | Command::Generate { .. } => Ok(exit::Exit::Usage),
        }
    })
}
