//! What a page shows, in words: filled by [`build`](super::build), or by whoever tells another story.

/// The list of cases.
#[derive(Debug, Clone, Default)]
pub struct ListPage {
    /// The cases, last updated first.
    pub cases: Vec<CaseRow>,
    /// What the house may do at all.
    pub mode: String,
    /// Who looks; `None` in a report.
    pub reader: Option<String>,
    /// Whether there are more cases than are shown.
    pub more: bool,
}

/// One line of the list.
#[derive(Debug, Clone, Default)]
pub struct CaseRow {
    /// Where the case is shown; empty for nowhere.
    pub href: String,
    /// Whom it is about.
    pub subject: String,
    /// What sort of actor, or what is known instead.
    pub kind: String,
    /// Who answers for it; `None`: nobody.
    pub owner: Option<String>,
    /// Where it acts.
    pub environment: String,
    /// The worst severity.
    pub severity: String,
    /// How sure, in percent.
    pub confidence: u32,
    /// How many findings.
    pub findings: usize,
    /// The verdict in words.
    pub verdict: String,
    /// How it stands, in words, and the tone to say it in.
    pub status: Chip,
    /// When the last thing in it happened.
    pub updated: String,
    /// Whether it is open.
    pub open: bool,
}

/// Several cases in one file.
#[derive(Debug, Clone, Default)]
pub struct ReportPage {
    /// All of it in one sentence.
    pub headline: String,
    /// What was counted: name and number.
    pub numbers: Vec<(&'static str, String)>,
    /// The cases, each with its line of the list, whose status is the tier.
    pub cases: Vec<(CaseRow, CasePage)>,
}

/// A few words with a tone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chip {
    /// The words.
    pub text: String,
    /// The tone.
    pub tone: Tone,
}

/// In which colour something is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// It is well.
    Good,
    /// It needs attention.
    Careful,
    /// It is bad.
    Bad,
}

impl Tone {
    /// The name of its style.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Careful => "careful",
            Self::Bad => "bad",
        }
    }
}

/// One case.
#[derive(Debug, Clone, Default)]
pub struct CasePage {
    /// Its id.
    pub id: String,
    /// Whom it is about.
    pub subject: String,
    /// The case in one sentence.
    pub headline: String,
    /// Severity, state, environment.
    pub chips: Vec<Chip>,
    /// How far the newest containment is proven, rung by rung; empty when there is none.
    pub ladder: Vec<Rung>,
    /// Whether that containment is over.
    pub over: bool,
    /// The findings, in order of time.
    pub findings: Vec<FindingCard>,
    /// Who it is; `None` when nobody is known.
    pub identity: Option<IdentityCard>,
    /// What is said when nobody is known.
    pub nobody: String,
    /// What was decided last.
    pub decision: Option<DecisionCard>,
    /// What was done, or would be.
    pub containments: Vec<ContainmentCard>,
    /// What stays alive.
    pub residual: Vec<ResidualLine>,
    /// What breaks if the identity stops.
    pub blast: BlastCard,
    /// Moments to draw, in order.
    pub marks: Vec<Mark>,
    /// Whether nothing of it was done: a report on a recording.
    pub foreseen: bool,
    /// Who looks; `None` in a report.
    pub reader: Option<String>,
    /// Where the list is; empty for nowhere.
    pub back: String,
}

/// One rung of the ladder of proof.
#[derive(Debug, Clone, Default)]
pub struct Rung {
    /// Its name.
    pub name: String,
    /// What it means.
    pub means: &'static str,
    /// Whether it is reached.
    pub reached: bool,
}

/// One finding.
#[derive(Debug, Clone, Default)]
pub struct FindingCard {
    /// When the first event that carries it happened.
    pub time: String,
    /// What was seen.
    pub title: String,
    /// The rule's name, and which sort it is.
    pub rule: String,
    /// Severity.
    pub severity: String,
    /// How sure, in percent.
    pub confidence: u32,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// What proved it, and from where it came: names and values.
    pub facts: Vec<(String, String)>,
    /// What else the detector wants to be shown.
    pub more: Vec<(String, String)>,
    /// Where the records stand.
    pub evidence: Vec<String>,
}

/// Who it is.
#[derive(Debug, Clone, Default)]
pub struct IdentityCard {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What sort of actor.
    pub kind: String,
    /// Who answers for it; `None`: nobody.
    pub owner: Option<String>,
    /// How the owner is known, and where to reach them.
    pub owner_how: String,
    /// Where it acts.
    pub environment: String,
    /// How the environment is known.
    pub environment_how: String,
    /// What it may do at this moment.
    pub standing: String,
    /// Never contained without a person.
    pub protected: bool,
    /// Declared, or derived from telemetry.
    pub provenance: String,
    /// What providers call it.
    pub principals: Vec<String>,
    /// What proves it: those of the case first, then the last used.
    pub credentials: Vec<CredentialLine>,
    /// How many of them are of the case, or the few that are shown at once.
    pub foremost: usize,
    /// Where it came from.
    pub lineage: Vec<LineageLine>,
}

/// One credential.
#[derive(Debug, Clone, Default)]
pub struct CredentialLine {
    /// Its public id.
    pub name: String,
    /// What sort of credential.
    pub kind: String,
    /// Whether it is in force.
    pub status: Chip,
    /// When it was last used, and how it can be ended.
    pub note: String,
}

/// Where access came from.
#[derive(Debug, Clone, Default)]
pub struct LineageLine {
    /// What the edge says.
    pub says: String,
    /// The other end.
    pub to: String,
}

/// What was decided.
#[derive(Debug, Clone, Default)]
pub struct DecisionCard {
    /// The verdict, with its tone.
    pub verdict: Chip,
    /// How hard.
    pub tier: String,
    /// Whose yes is needed.
    pub consent: String,
    /// What is wanted, in order.
    pub intents: Vec<String>,
    /// Why.
    pub reasons: Vec<String>,
    /// What proposed and what determined it.
    pub basis: String,
    /// When.
    pub time: String,
}

/// What was done, or would be.
#[derive(Debug, Clone, Default)]
pub struct ContainmentCard {
    /// A heading.
    pub title: String,
    /// Where it stands.
    pub status: Chip,
    /// Why, or what it waits for.
    pub note: String,
    /// The steps, in order.
    pub steps: Vec<StepLine>,
    /// Who answered.
    pub answers: Vec<String>,
    /// The digest that an answer names.
    pub plan: String,
    /// How it can be taken back, or how it was.
    pub undo: UndoCard,
}

/// One step.
#[derive(Debug, Clone, Default)]
pub struct StepLine {
    /// What is done.
    pub summary: String,
    /// Which action, where.
    pub action: String,
    /// How far it is proven.
    pub status: Chip,
    /// What changes: name, before, after.
    pub changes: Vec<(String, String, String)>,
    /// What shows it, what it waits for, what it leaves.
    pub notes: Vec<String>,
}

/// The way back.
#[derive(Debug, Clone, Default)]
pub struct UndoCard {
    /// In one sentence.
    pub text: String,
    /// The steps back, once asked for.
    pub steps: Vec<StepLine>,
}

/// What stays alive.
#[derive(Debug, Clone, Default)]
pub struct ResidualLine {
    /// What.
    pub what: String,
    /// Until when, in words.
    pub until: String,
}

/// What breaks.
#[derive(Debug, Clone, Default)]
pub struct BlastCard {
    /// How bad, with its tone.
    pub class: Chip,
    /// What is said when nothing is listed.
    pub note: String,
    /// Who uses it and what stops, in one sentence.
    pub impact: String,
    /// What breaks.
    pub dependents: Vec<DependentLine>,
}

/// Something that breaks.
#[derive(Debug, Clone, Default)]
pub struct DependentLine {
    /// Its name.
    pub name: String,
    /// How it depends.
    pub basis: String,
    /// Whether it serves production.
    pub production: bool,
}

/// A moment, or a span, to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When, in seconds since 1970.
    pub at: f64,
    /// Its end, for a span.
    pub end: Option<f64>,
    /// In which row.
    pub row: Row,
    /// In which colour.
    pub tone: Tone,
    /// What it is.
    pub text: String,
    /// When, as text.
    pub time: String,
}

/// The rows of the timeline, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// What was seen.
    Seen,
    /// What was decided and answered.
    Decided,
    /// What was done and proven.
    Done,
    /// What stays alive.
    Left,
}
