//! Rule files into a rule set.

use super::RuleSet;
use super::correlation::{self, Called, Correlation};
use super::fault::Fault;
use super::item::{Names, Paths, Placeholders};
use super::logsource::{LogSource, Row, SOURCES};
use super::matcher::Expr;
use super::pipeline::{self, Pipelines, Rewritten};
use super::rule::{ANY, Filter, Rule, RuleInfo, compile_rule, head, read_info};
use super::witness::index;
use super::yaml::{self, Node, Value};
use interlock_model::Problem;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// One document of a file.
struct Document<'a> {
    file: &'a Arc<str>,
    node: &'a Node,
}

impl RuleSet {
    /// Compiles the rules of these files, given by path and text.
    ///
    /// Whatever cannot be used is listed as a problem, with its place: an error when the rule
    /// is wrong, a warning when it is right but not supported. All other rules are loaded.
    ///
    /// Files in a folder `pipelines` are processing pipelines, which rewrite all other rules first.
    #[must_use]
    pub fn load(files: &[(Arc<str>, String)]) -> (Self, Vec<Problem>) {
        Self::load_with(files, &Placeholders::new())
    }

    /// The same, with lists for the placeholders of the modifier `expand`.
    #[must_use]
    pub fn load_with(
        files: &[(Arc<str>, String)],
        placeholders: &Placeholders,
    ) -> (Self, Vec<Problem>) {
        Self::load_for(files, placeholders, SOURCES)
    }

    /// The same, where the records of other log sources come in besides those of the built-in ones.
    #[must_use]
    pub fn load_beside(files: &[(Arc<str>, String)], others: &[Row]) -> (Self, Vec<Problem>) {
        Self::load_for(files, &Placeholders::new(), &[SOURCES, others].concat())
    }

    pub(super) fn load_for(
        files: &[(Arc<str>, String)],
        placeholders: &Placeholders,
        sources: &[Row],
    ) -> (Self, Vec<Problem>) {
        let mut loader = Loader::new(placeholders, sources);
        let parsed: Vec<_> = files
            .iter()
            .filter_map(|(file, text)| match yaml::documents(text) {
                Ok(nodes) => Some((file, nodes)),
                Err(broken) => {
                    let fault =
                        Fault::wrong(broken.at.as_ref(), format!("not YAML: {}", broken.why));
                    loader.problems.push(fault.in_file(file, None));
                    None
                }
            })
            .collect();
        let pipelines = parsed.iter().filter(|(file, _)| pipeline::is_pipeline(file));
        let (pipelines, wrong) = Pipelines::load(pipelines.map(|(file, it)| (*file, &**it)));
        loader.pipelines = pipelines;
        loader.problems.extend(wrong);
        let documents = || {
            parsed
                .iter()
                .filter(|(file, _)| !pipeline::is_pipeline(file))
                .flat_map(|(file, nodes)| nodes.iter().map(move |node| Document { file, node }))
        };
        let (mut rules, mut filters, mut correlations) = (Vec::new(), Vec::new(), Vec::new());
        for document in documents() {
            if document.node.get("correlation").is_some() {
                correlations.push(document);
            } else if document.node.get("filter").is_some() {
                filters.extend(loader.filter(&document));
            } else {
                rules.push(document);
            }
        }
        for document in &rules {
            loader.rule(document, &filters);
        }
        loader.filters_of_nothing(&filters);
        loader.correlations(&correlations, &LogSources::of(&rules, &correlations));
        loader.finish()
    }
}

/// What each rule and correlation is about, by the words that correlations call it.
#[derive(Default)]
struct LogSources<'a> {
    of_rules: HashMap<String, LogSource>,
    correlations: HashMap<String, &'a Node>,
}

impl<'a> LogSources<'a> {
    fn of(rules: &[Document<'a>], correlations: &[Document<'a>]) -> Self {
        let words = |node: &'a Node| {
            ["id", "name", "title"].into_iter().filter_map(|key| node.get(key)?.scalar())
        };
        let mut all = Self::default();
        for rule in rules {
            let Some(source) = rule.node.get("logsource").and_then(LogSource::read) else {
                continue;
            };
            for word in words(rule.node) {
                all.of_rules.insert(word.to_lowercase(), source.clone());
            }
        }
        for correlation in correlations {
            let words = words(correlation.node).map(|it| (it.to_lowercase(), correlation.node));
            all.correlations.extend(words);
        }
        all
    }

    /// The log sources of the rules that this correlation reads, also through others.
    fn behind(&self, correlation: &'a Node) -> Vec<LogSource> {
        let (mut sources, mut open, mut known) = (Vec::new(), vec![correlation], BTreeSet::new());
        while let Some(node) = open.pop() {
            for word in correlation::inputs(node).into_iter().filter_map(Node::scalar) {
                let word = word.to_lowercase();
                match (self.of_rules.get(&word), self.correlations.get(&word)) {
                    (Some(source), _) => sources.push(source.clone()),
                    (None, Some(inner)) if !known.contains(&word) => open.push(inner),
                    (None, Some(_) | None) => {}
                }
                known.insert(word);
            }
        }
        sources
    }
}

struct Loader<'a> {
    placeholders: &'a Placeholders,
    sources: &'a [Row],
    pipelines: Pipelines,
    paths: Paths,
    keywords: bool,
    rules: Vec<Rule>,
    correlations: Vec<Correlation>,
    /// Where each id and name leads, and the file that said it first.
    names: HashMap<String, (usize, Arc<str>)>,
    /// Where titles lead, for correlations that call their rules by title.
    titles: HashMap<String, usize>,
    problems: Vec<Problem>,
}

impl<'a> Loader<'a> {
    fn new(placeholders: &'a Placeholders, sources: &'a [Row]) -> Self {
        Self {
            placeholders,
            sources,
            pipelines: Pipelines::default(),
            paths: Paths::default(),
            keywords: false,
            rules: Vec::new(),
            correlations: Vec::new(),
            names: HashMap::new(),
            titles: HashMap::new(),
            problems: Vec::new(),
        }
    }

    fn filter<'n>(&mut self, document: &Document<'n>) -> Option<Filter<'n>> {
        let body = document.node.get("filter")?;
        let source = document.node.get("logsource").and_then(LogSource::read);
        let title = document.node.get("title").and_then(Node::scalar);
        let Some(source) = source else {
            let fault = Fault::wrong(head(document.node), "a filter needs a `logsource`");
            self.problems.push(fault.in_file(document.file, title));
            return None;
        };
        let sources = source.sources(self.sources);
        let filter = Filter { body, source, file: document.file, title };
        // Its mistakes are its own, and not those of the rules that it narrows.
        let (mut paths, mut keywords) = (Paths::default(), false);
        let mut lent = Names {
            fields: &mut paths,
            keywords: &mut keywords,
            placeholders: self.placeholders,
            sources,
        };
        match filter.check(&mut lent) {
            Ok(()) => Some(filter),
            Err(fault) => {
                self.problems.push(fault.in_file(document.file, title));
                None
            }
        }
    }

    /// Filters that name rules which are not here: somebody waits for them in vain.
    fn filters_of_nothing(&mut self, filters: &[Filter<'_>]) {
        for filter in filters {
            for node in filter.rules() {
                let name = node.scalar().unwrap_or_default();
                let known =
                    name.eq_ignore_ascii_case(ANY) || self.names.contains_key(&name.to_lowercase());
                if !known {
                    let what = format!("it narrows the rule `{name}`, which is not here");
                    let fault = Fault::unsupported(node.at.as_ref(), what);
                    self.problems.push(fault.in_file(filter.file, filter.title));
                }
            }
        }
    }

    fn rule(&mut self, document: &Document<'_>, filters: &[Filter<'_>]) {
        let title = document.node.get("title").and_then(Node::scalar);
        let mut warnings = Vec::new();
        let result = self.compile(document, filters, &mut warnings);
        warnings.extend(result.err());
        self.problems.extend(warnings.into_iter().map(|it| it.in_file(document.file, title)));
    }

    fn compile(
        &mut self,
        document: &Document<'_>,
        filters: &[Filter<'_>],
        warnings: &mut Vec<Fault>,
    ) -> Result<(), Fault> {
        let node = document.node;
        if !matches!(node.value, Value::Map(_)) {
            return Err(Fault::wrong(node.at.as_ref(), "a rule is a map"));
        }
        let info = read_info(node, document.file, warnings)?;
        let Some(source) = node.get("logsource").and_then(LogSource::read) else {
            return Err(Fault::wrong(
                head(node),
                "a rule needs a `logsource` with `category`, `product` or `service`",
            ));
        };
        if let Some(unused) = node.get("detection").and_then(|it| it.get("timeframe")) {
            warnings.push(
                Fault::unsupported(unused.at.as_ref(), "`timeframe` has no effect")
                    .help("write a correlation rule with `timespan`"),
            );
        }
        let name = node.get("name").and_then(Node::scalar);
        let narrowing = filters.iter().filter(|it| it.is_for(&info.rule.id, name, &source));
        let narrowing = narrowing.map(|it| it.body.clone()).collect();
        let mut written = Rewritten::new(node.clone(), source, narrowing);
        self.pipelines.run(&mut written)?;
        let sources = written.source.sources(self.sources);
        let rule = if sources.is_empty() {
            // Read all the same, so that its mistakes are seen; its fields are not asked for.
            let (mut paths, mut keywords) = (Paths::default(), false);
            let mut lent = Names {
                fields: &mut paths,
                keywords: &mut keywords,
                placeholders: self.placeholders,
                sources: Vec::new(),
            };
            let rule = compile_rule(&written, info, sources, &mut lent)?;
            let never = Expr::Any(Box::default());
            Rule { searches: Vec::new(), show: Vec::new(), condition: never, ..rule }
        } else {
            // Only what compiles as a whole may leave fields behind.
            let (length, keywords) = (self.paths.len(), self.keywords);
            let mut lent = Names {
                fields: &mut self.paths,
                keywords: &mut self.keywords,
                placeholders: self.placeholders,
                sources: sources.clone(),
            };
            match compile_rule(&written, info, sources, &mut lent) {
                Ok(rule) => rule,
                Err(fault) => {
                    self.paths.truncate(length);
                    self.keywords = keywords;
                    return Err(fault);
                }
            }
        };
        let number = self.rules.len();
        let called = rule.info.rule.id.to_string();
        self.call(called, number, document, warnings);
        if let Some(name) = &rule.name {
            self.call(name.to_string(), number, document, warnings);
        }
        self.titles.entry(rule.info.title.to_lowercase()).or_insert(number);
        self.rules.push(rule);
        Ok(())
    }

    /// Remembers by which word a rule can be called.
    fn call(
        &mut self,
        name: String,
        number: usize,
        document: &Document<'_>,
        warnings: &mut Vec<Fault>,
    ) {
        let word = name.to_lowercase();
        match self.names.get(&word) {
            Some((known, _)) if *known == number => {}
            Some((_, file)) => warnings.push(Fault::unsupported(
                document.node.get("id").and_then(|it| it.at.as_ref()),
                format!("the id or name `{name}` is already used in `{file}`"),
            )),
            None => {
                self.names.insert(word, (number, Arc::clone(document.file)));
            }
        }
    }

    /// Compiles correlations, each after those it reads, however they are written down.
    fn correlations(&mut self, documents: &[Document<'_>], log_sources: &LogSources<'_>) {
        let mut waiting: Vec<(&Document<'_>, RuleInfo)> = Vec::new();
        for document in documents {
            let title = document.node.get("title").and_then(Node::scalar);
            let mut warnings = Vec::new();
            match read_info(document.node, document.file, &mut warnings) {
                Ok(info) => waiting.push((document, info)),
                Err(fault) => warnings.push(fault),
            }
            self.problems.extend(warnings.into_iter().map(|it| it.in_file(document.file, title)));
        }
        let words = |document: &Document<'_>, info: &RuleInfo| {
            let name = document.node.get("name").and_then(Node::scalar);
            [Some(info.rule.id.to_lowercase()), name.map(str::to_lowercase)]
        };
        while !waiting.is_empty() {
            let all = waiting.iter().flat_map(|(document, info)| words(document, info));
            let open: BTreeSet<String> = all.flatten().collect();
            let (blocked, ready): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(document, _)| {
                    correlation::inputs(document.node)
                        .iter()
                        .filter_map(|it| it.scalar())
                        .any(|it| open.contains(&it.to_lowercase()))
                });
            if ready.is_empty() {
                for (document, info) in blocked {
                    let at = document.node.get("correlation").and_then(|it| it.at.as_ref());
                    let fault = Fault::wrong(at, "correlation rules read each other in a circle");
                    self.problems.push(fault.in_file(document.file, Some(&info.title)));
                }
                return;
            }
            for (document, info) in ready {
                self.correlation(document, info, &words, log_sources);
            }
            waiting = blocked;
        }
    }

    fn correlation(
        &mut self,
        document: &Document<'_>,
        info: RuleInfo,
        words: &impl Fn(&Document<'_>, &RuleInfo) -> [Option<String>; 2],
        log_sources: &LogSources<'_>,
    ) {
        let called = words(document, &info);
        let title = Arc::clone(&info.title);
        let length = self.paths.len();
        let mut lent = Names {
            fields: &mut self.paths,
            keywords: &mut self.keywords,
            placeholders: self.placeholders,
            sources: Vec::new(),
        };
        let rule = |name: &str| {
            let word = name.to_lowercase();
            let named = self.names.get(&word).map(|(number, _)| *number);
            let number = named.or_else(|| self.titles.get(&word).copied())?;
            let sources = match number.checked_sub(self.rules.len()) {
                None => self.rules.get(number).map(|it| &it.sources),
                Some(behind) => self.correlations.get(behind).map(|it| &it.sources),
            };
            Some(Called { number, sources: sources.cloned().unwrap_or_default() })
        };
        let mut warnings = Vec::new();
        let mut written = document.node.clone();
        let compiled = if self.pipelines.is_empty() {
            Ok(())
        } else {
            self.pipelines.run_on_correlation(&mut written, &log_sources.behind(document.node))
        };
        let compiled =
            compiled.and_then(|()| correlation::compile(&written, info, rule, &mut lent));
        match compiled {
            Ok(correlation) => {
                let number = self.rules.len() + self.correlations.len();
                for word in called.into_iter().flatten() {
                    self.call(word, number, document, &mut warnings);
                }
                self.correlations.push(correlation);
            }
            Err(fault) => {
                self.paths.truncate(length);
                warnings.push(fault);
            }
        }
        self.problems
            .extend(warnings.into_iter().map(|it| it.in_file(document.file, Some(&title))));
    }

    fn finish(self) -> (RuleSet, Vec<Problem>) {
        let numbers = 0..self.rules.len() + self.correlations.len();
        let speaks: Arc<[bool]> = numbers
            .map(|number| {
                let mut readers = self
                    .correlations
                    .iter()
                    .filter(|it| it.inputs.iter().any(|input| input.rule == number))
                    .peekable();
                readers.peek().is_none() || readers.any(|it| it.generate)
            })
            .collect();
        let set = RuleSet {
            index: index(&self.rules).into(),
            rules: self.rules.into(),
            correlations: self.correlations,
            speaks,
            paths: Arc::new(self.paths),
            keywords: self.keywords,
            slots: Vec::new(),
            work: super::Work::default(),
        };
        (set, self.problems)
    }
}
