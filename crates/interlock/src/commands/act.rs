//! `contain`, `approve`, `reject`, `resume`, `undo`: through a running house, or, when none runs, by opening it here.

use crate::api::act::{AnswerRequest, ContainRequest, DIGITS, UndoRequest};
use crate::api::containment::{ContainmentView, StepView, containment_id};
use crate::api::explain::in_words;
use crate::api::identity::find;
use crate::api::reading::Reading;
use crate::cli::{AnswerArgs, Common, ContainArgs, ResumeArgs, ServerArgs, UndoArgs};
use crate::client::{Client, ClientError, reachable, token};
use crate::config::{self, Config};
use crate::exit::{Ended, Exit, Failure};
use crate::house::{self, Opening};
use crate::output::{self, BAD, CAREFUL, FAINT, GOOD, STRONG};
use crate::plain::{self, one_line};
use crate::runner::NoAnswer;
use anyhow::anyhow;
use interlock_decide::Role;
use interlock_engine::{Input, LOCAL, Outcome, Refusal};
use interlock_model::{ActionKind, Consent, ContainmentId, CredentialRef, DecisionId};
use interlock_store::Create;
use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::time::Duration;

/// How long the command waits for a containment to come to rest.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often it looks.
const PACE: Duration = Duration::from_millis(250);

/// Asks for an identity to be contained.
pub async fn contain(common: &Common, args: &ContainArgs) -> Ended {
    let request = ContainRequest {
        intent: args.intent.clone(),
        credential: args.credential.clone(),
        why: args.why.clone(),
    };
    let client = match place(common, &args.server).await? {
        Place::Server(client) => client,
        Place::Here(config) => return contain_here(common, *config, args).await,
    };
    let answer = client.contain(&args.identity, &request).await?;
    if let Some(decision) = &answer.decision
        && !common.json
    {
        output::note(format!("decided: {}", in_words(decision)));
        decision.reasons.iter().for_each(|it| output::note(format!("  {}", one_line(it))));
    }
    match answer.containment {
        Some(it) => Ok(follow(common, &client, it, false).await?),
        None => {
            if common.json {
                output::json(&answer);
            }
            Ok(Exit::Negative)
        }
    }
}

/// Says yes, or no, to the plan of a containment.
pub async fn answer(common: &Common, args: &AnswerArgs, granted: bool) -> Ended {
    let client = match place(common, &args.server).await? {
        Place::Server(client) => client,
        Place::Here(config) => return answer_here(common, *config, args, granted).await,
    };
    let shown = client.containment(&args.id).await?;
    let plan = show_plan(&shown, args.plan.as_deref(), common.json)?;
    if granted && args.plan.is_none() {
        meant(&args.id, &plan)?;
    }
    let request = AnswerRequest { plan, role: None, note: args.note.clone() };
    let it = client.respond(&args.id, &request, granted).await?;
    if granted {
        return follow(common, &client, it, false).await;
    }
    finish(common, &it);
    Ok(Exit::Ok)
}

/// Lets a containment go on that waits for a person.
pub async fn resume(common: &Common, args: &ResumeArgs) -> Ended {
    let client = match place(common, &args.server).await? {
        Place::Server(client) => client,
        Place::Here(config) => {
            let containment = containment_id(&args.id)?;
            let resumed = Input::Resumed { containment: containment.clone(), by: local_name() };
            let (_, reading) =
                give(*config, async move |_: &crate::runner::House| Ok(resumed)).await?;
            return end_here(common, &reading, &containment, false).await;
        }
    };
    let it = client.resume(&args.id).await?;
    let undoing = it.undo.is_some();
    follow(common, &client, it, undoing).await
}

/// Takes a containment back.
pub async fn undo(common: &Common, args: &UndoArgs) -> Ended {
    let client = match place(common, &args.server).await? {
        Place::Server(client) => client,
        Place::Here(config) => return undo_here(common, *config, args).await,
    };
    let request = UndoRequest { accept_re_arm: args.accept_re_arm };
    let answer = client.undo(&args.id, &request).await?;
    say_lost(&answer.lost);
    follow(common, &client, answer.containment, true).await
}

/// Where the house is.
pub(super) enum Place {
    /// A server that runs.
    Server(Client),
    /// Nowhere: it is opened here.
    Here(Box<Config>),
}

/// The server that was named, else the one of the configuration when it runs, else here.
pub(super) async fn place(common: &Common, args: &ServerArgs) -> Result<Place, Failure> {
    if let Some(address) = &args.server {
        return Ok(Place::Server(Client::new(address, args)?));
    }
    let config = config::to_read(common)?;
    let listen = reachable(config.listen);
    let nobody = listen.port() == 0
        || matches!(
            tokio::time::timeout(Duration::from_secs(3), tokio::net::TcpStream::connect(listen)).await,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused
        );
    if nobody {
        if token(args)?.is_some() {
            output::note(format!("nobody listens at {listen}: opening the house here"));
        }
        return Ok(Place::Here(Box::new(config::given(common)?)));
    }
    Ok(Place::Server(Client::of_house(&config, args).await?))
}

/// Watches a containment until it rests, printing each step as it changes.
async fn follow(common: &Common, client: &Client, mut it: ContainmentView, undoing: bool) -> Ended {
    let mut told = HashSet::new();
    let end = crate::clock::stopwatch() + PATIENCE;
    loop {
        if !common.json {
            tell(&it, &mut told);
        }
        if rests(&it, undoing) || crate::clock::stopwatch() >= end {
            break;
        }
        tokio::time::sleep(PACE).await;
        it = match client.containment(&it.id).await {
            Ok(it) => it,
            // The house goes on without us; a moment without an answer is no outcome.
            Err(ClientError::Unreachable { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
    }
    finish(common, &it);
    Ok(outcome(&it, undoing))
}

/// Whether nothing more happens by itself soon.
fn rests(it: &ContainmentView, undoing: bool) -> bool {
    match it.phase.as_str() {
        "requested" | "undoing" => false,
        "running" => !it.waits_for.is_empty() || waits_long(it),
        "contained" => !undoing,
        _ => true,
    }
}

/// Whether the next step waits for something that may take long.
fn waits_long(it: &ContainmentView) -> bool {
    let next = it.steps.iter().find(|it| it.state != "verified");
    next.is_some_and(|it| it.state == "waiting" && it.waits.is_some())
}

fn outcome(it: &ContainmentView, undoing: bool) -> Exit {
    match it.phase.as_str() {
        "undone" if undoing => Exit::Ok,
        "held" | "stuck" | "closed" => Exit::Negative,
        _ if it.steps.iter().any(|it| it.proof == "disproven") => Exit::Negative,
        _ => Exit::Ok,
    }
}

/// Prints steps that have changed since they were told.
fn tell(it: &ContainmentView, told: &mut HashSet<(String, String)>) {
    let back = it.undo.iter().flat_map(|it| &it.steps);
    for step in it.steps.iter().chain(back) {
        let state = if step.proof == "none" { &step.state } else { &step.proof };
        if state != "waiting" && told.insert((step.id.clone(), state.clone())) {
            output::note(format!("  {state:<12} {}", one_line(&step.summary)));
        }
    }
}

fn finish(common: &Common, it: &ContainmentView) {
    if common.json {
        output::json(it);
    } else {
        print_containment(&plain::view(it.clone()));
    }
}

fn say_lost(lost: &[String]) {
    for it in lost {
        output::note(format!("{CAREFUL}cannot be taken back:{CAREFUL:#} {}", one_line(it)));
    }
}

/// Shows the plan that is answered, and gives its digest.
fn show_plan(it: &ContainmentView, named: Option<&str>, json: bool) -> Result<String, Failure> {
    let Some(plan) = &it.plan else {
        return Err(Failure::negative(anyhow!("there is no plan of `{}` to answer yet", it.id)));
    };
    if let Some(named) = named {
        let named = named.to_ascii_lowercase();
        if named.len() < DIGITS {
            return Err(Failure::usage(anyhow!(
                "`--plan` needs at least {DIGITS} digits of the plan's digest"
            )));
        }
        if !plan.starts_with(&named) {
            return Err(Failure::negative(anyhow!(
                "the plan of `{}` is {plan} now, not {named}…: look again with `explain {}`",
                it.id,
                it.id
            )));
        }
    }
    if !json {
        let short: String = plan.chars().take(DIGITS).collect();
        let it = plain::view(it.clone());
        output::note(format!("plan {short} of `{}`:", it.id));
        for (index, step) in it.steps.iter().enumerate() {
            output::note(format!("  {}. {}", index + 1, step.summary));
        }
        for left in &it.residual {
            output::note(format!("  stays alive: {}", left.what));
        }
        for one in &it.breaks {
            output::note(format!("  breaks: {} ({})", one.name, one.basis));
        }
    }
    Ok(plan.clone())
}

/// Makes sure that a yes is for the plan that was looked at, and not for one that came since.
fn meant(id: &str, plan: &str) -> Result<(), Failure> {
    let short: String = plan.chars().take(DIGITS).collect();
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::usage(anyhow!(
            "a yes is for one plan: look at it with `interlock explain {id}`, then say `--plan {short}`"
        )));
    }
    output::note("say yes to this plan? Type `yes`:");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::usage)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    Err(Failure::negative(anyhow!("nothing was answered")))
}

/// Prints one containment.
pub fn print_containment(it: &ContainmentView) {
    let tone = match (it.phase.as_str(), it.grade.as_str()) {
        ("held" | "stuck", _) => BAD,
        (_, "effective" | "held") => GOOD,
        ("undone" | "closed", _) => FAINT,
        _ => CAREFUL,
    };
    output::line(format!("{STRONG}{}{STRONG:#}  {tone}{}, {}{tone:#}", it.id, it.phase, it.grade));
    if let Some(why) = &it.why {
        output::line(format!("  {why}"));
    }
    if !it.waits_for.is_empty() {
        output::line(format!("  waits for a yes of: {}", it.waits_for.join(" and ")));
    }
    if let Some(plan) = &it.plan {
        let short: String = plan.chars().take(DIGITS).collect();
        output::line(format!("  {FAINT}plan{FAINT:#} {short}"));
    }
    it.steps.iter().for_each(print_step);
    for left in &it.residual {
        let until = left
            .until
            .as_deref()
            .map_or_else(|| "until somebody acts".to_owned(), |it| format!("until {it}"));
        output::line(format!("  {CAREFUL}stays alive{CAREFUL:#} {} {until}", left.what));
    }
    for one in &it.breaks {
        output::line(format!("  {FAINT}breaks{FAINT:#} {} ({})", one.name, one.basis));
    }
    for one in &it.approvals {
        let word = if one.granted { "yes" } else { "no" };
        output::line(format!(
            "  {FAINT}answer{FAINT:#} {word} of {} as {} at {}",
            one.by, one.role, one.time
        ));
    }
    if let Some(undo) = &it.undo {
        output::line(format!("  taken back by {}", undo.by));
        undo.steps.iter().for_each(print_step);
    }
}

fn print_step(step: &StepView) {
    let state = if step.proof == "none" { &step.state } else { &step.proof };
    let tone = match state.as_str() {
        "effective" | "verified" => GOOD,
        "disproven" => BAD,
        _ => FAINT,
    };
    output::line(format!("  {tone}{state:<12}{tone:#} {}", step.summary));
    for it in &step.evidence {
        output::line(format!("               {FAINT}{}{FAINT:#}", it.text));
    }
}

/// Who acts when the house is opened here.
pub(super) fn local_name() -> String {
    format!("{LOCAL}{}", crate::account::name())
}

async fn contain_here(common: &Common, config: Config, args: &ContainArgs) -> Ended {
    let kind = ActionKind::from_text(&args.intent)
        .ok_or_else(|| Failure::usage(anyhow!("`{}` is no intent", args.intent)))?;
    let credential = match &args.credential {
        None => None,
        Some(text) => Some(CredentialRef::from_text(text).ok_or_else(|| {
            Failure::usage(anyhow!("`{text}` is no credential: write it as `aws:access-key:AKIA…`"))
        })?),
    };
    let (text, why) = (args.identity.clone(), args.why.clone());
    let ask = async move |house: &crate::runner::House| {
        let found = house.look(move |world| find(world, &text).map(|it| it.id.clone())).await;
        let identity = found.map_err(Failure::unavailable)??;
        let (by, role) = (local_name(), Role::Security);
        Ok(Input::ContainAsked { identity, kind, credential, by, role, why })
    };
    let (outcome_, reading) = give(config, ask).await?;
    match outcome_ {
        Outcome::Containment(id) => end_here(common, &reading, &id, false).await,
        Outcome::Decided(id) => decided_here(common, &reading, &id).await,
        Outcome::Done | Outcome::Undoing { .. } => Ok(Exit::Ok),
    }
}

async fn answer_here(common: &Common, config: Config, args: &AnswerArgs, granted: bool) -> Ended {
    let containment = containment_id(&args.id)?;
    let (id, named, note) = (containment.clone(), args.plan.clone(), args.note.clone());
    let json = common.json;
    let ask = async move |house: &crate::runner::House| {
        let shown = Reading::of_house(house.clone()).containment(id.as_str()).await?;
        let plan = show_plan(&shown, named.as_deref(), json)?;
        if granted && named.is_none() {
            meant(id.as_str(), &plan)?;
        }
        let plan =
            plan.parse().map_err(|_| Failure::unavailable(anyhow!("the plan has no digest")))?;
        let (by, role) = (local_name(), Consent::Security);
        Ok(Input::Answered { containment: id, by, role, granted, plan: Some(plan), note })
    };
    let (_, reading) = give(config, ask).await?;
    let ended = end_here(common, &reading, &containment, false).await?;
    Ok(if granted { ended } else { Exit::Ok })
}

async fn undo_here(common: &Common, config: Config, args: &UndoArgs) -> Ended {
    let containment = containment_id(&args.id)?;
    let (id, accept_re_arm) = (containment.clone(), args.accept_re_arm);
    let ask = async move |_: &crate::runner::House| {
        let (by, role) = (local_name(), Consent::Security);
        Ok(Input::UndoAsked { containment: id, by, role, accept_re_arm })
    };
    let (outcome_, reading) = give(config, ask).await?;
    if let Outcome::Undoing { lost } = outcome_ {
        say_lost(&lost);
    }
    end_here(common, &reading, &containment, true).await
}

/// Opens the house, gives it one input, lets it come to rest, and closes it.
pub(super) async fn give(
    config: Config,
    ask: impl AsyncFnOnce(&crate::runner::House) -> Result<Input, Failure>,
) -> Result<(Outcome, Reading), Failure> {
    let opening = Opening { create: Create::Never, connectors: None };
    let (runner, house) = house::open(config, opening).await?;
    let store = house.store().clone();
    let asking = async move {
        let input = ask(&house).await?;
        house.input(input).await.map_err(|error| match error {
            NoAnswer::Refused(Refusal::ReArms { .. }) => Failure::negative(
                anyhow!(error).context("not undone; say `--accept-re-arm` if that is meant"),
            ),
            NoAnswer::Refused(_) => Failure::negative(error),
            NoAnswer::Stopping => Failure::unavailable(error),
        })
        // The door falls shut here, so that the house may come to rest.
    };
    // Joined in this order, the question waits before the house looks for what to do.
    let (asked, world) = tokio::join!(asking, runner.settle(PATIENCE));
    Ok((asked?, Reading::of_world(store, world?)))
}

async fn end_here(common: &Common, reading: &Reading, id: &ContainmentId, undoing: bool) -> Ended {
    let it = reading.containment(id.as_str()).await?;
    finish(common, &it);
    reading.store().close().await?;
    Ok(outcome(&it, undoing))
}

async fn decided_here(common: &Common, reading: &Reading, id: &DecisionId) -> Ended {
    let decision = reading.store().decision(id).await?;
    let decision = decision.as_ref().map(crate::api::decision::DecisionView::from);
    match &decision {
        Some(it) if common.json => output::json(it),
        Some(it) => {
            output::line(format!("decided: {}", in_words(it)));
            it.reasons.iter().for_each(|it| output::line(format!("  {}", one_line(it))));
        }
        None => {}
    }
    reading.store().close().await?;
    Ok(Exit::Negative)
}
