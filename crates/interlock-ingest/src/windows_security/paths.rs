//! The fields of a security event, in every form in which shippers write them.

use crate::source::Core;

/// Names the fields of an event's data, once for each prefix that shippers put before them.
macro_rules! data {
    ($($name:literal $lower:literal $it:ident,)*) => {
        /// A field of an event's own data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Data { $($it,)* }

        /// How many there are.
        pub(super) const FIELDS: usize = [$(Data::$it,)*].len();

        #[expect(clippy::indexing_slicing, reason = "done by the compiler, which refuses a wrong index")]
        pub(super) const DATA_PATHS: [&str; FIELDS * PREFIXES] = {
            let all = [
                [$(concat!("winlog.event_data.", $name),)*],
                [$(concat!("winlog.user_data.", $name),)*],
                [$(concat!("Event.EventData.", $name),)*],
                [$(concat!("Event.UserData.LogFileCleared.", $name),)*],
                [$(concat!("EventData.", $name),)*],
                [$(concat!("ExtraEventData.", $name),)*],
                [$($name,)*],
                [$(concat!("win.eventdata.", $lower),)*],
                [$(concat!("winlogbeat_winlog_event_data_", $name),)*],
                [$(concat!("winlogbeat_event_data_", $name),)*],
            ];
            let mut flat = [""; FIELDS * PREFIXES];
            let mut at = 0;
            while at < FIELDS * PREFIXES {
                flat[at] = all[at / FIELDS][at % FIELDS];
                at += 1;
            }
            flat
        };
    };
}

/// How many prefixes there are.
const PREFIXES: usize = 10;

data! {
    "AttributeLDAPDisplayName" "attributeLDAPDisplayName" Attribute,
    "CertThumbprint" "certThumbprint" CertThumbprint,
    "FailureCode" "failureCode" FailureCode,
    "IpAddress" "ipAddress" IpAddress,
    "LogonType" "logonType" LogonType,
    "MemberName" "memberName" MemberName,
    "MemberSid" "memberSid" MemberSid,
    "NewTargetUserName" "newTargetUserName" NewTargetUserName,
    "ObjectClass" "objectClass" ObjectClass,
    "ObjectDN" "objectDN" ObjectDn,
    "ObjectName" "objectName" ObjectName,
    "RequestId" "requestId" RequestId,
    "Requester" "requester" Requester,
    "ServiceName" "serviceName" ServiceName,
    "Status" "status" Status,
    "SubStatus" "subStatus" SubStatus,
    "SubjectDomainName" "subjectDomainName" SubjectDomainName,
    "SubjectLogonId" "subjectLogonId" SubjectLogonId,
    "SubjectUserName" "subjectUserName" SubjectUserName,
    "SubjectUserSid" "subjectUserSid" SubjectUserSid,
    "TargetDomainName" "targetDomainName" TargetDomainName,
    "TargetLogonId" "targetLogonId" TargetLogonId,
    "TargetServerName" "targetServerName" TargetServerName,
    "TargetSid" "targetSid" TargetSid,
    "TargetUserName" "targetUserName" TargetUserName,
    "TargetUserSid" "targetUserSid" TargetUserSid,
}

/// What stands around an event's data, in one form.
#[derive(Debug)]
pub(super) struct Form {
    /// The event's number.
    number: &'static [&'static str],
    provider: &'static [&'static str],
    channel: &'static [&'static str],
    computer: &'static [&'static str],
    record: &'static [&'static str],
    time: &'static [&'static str],
    outcome: &'static [&'static str],
    /// The prefixes of its data, by their place above.
    data: &'static [usize],
    /// The keys that lead to the object with its data, where there is one.
    nested: &'static [&'static [&'static str]],
}

/// Every form, the most telling first.
pub(super) const FORMS: [Form; 7] = [
    // Winlogbeat and the Elastic agent.
    Form {
        number: &["winlog.event_id"],
        provider: &["winlog.provider_name"],
        channel: &["winlog.channel"],
        computer: &["winlog.computer_name"],
        record: &["winlog.record_id"],
        time: &["@timestamp"],
        outcome: &["event.outcome", "winlog.keywords"],
        data: &[0, 1],
        nested: &[&["winlog", "event_data"], &["winlog", "user_data"]],
    },
    // The event's own XML, turned into JSON.
    Form {
        number: &[
            "Event.System.EventID",
            "Event.System.EventID.#text",
            "Event.System.EventID.Value",
        ],
        provider: &[
            "Event.System.Provider.#attributes.Name",
            "Event.System.Provider.@Name",
            "Event.System.Provider.Name",
        ],
        channel: &["Event.System.Channel"],
        computer: &["Event.System.Computer"],
        record: &["Event.System.EventRecordID"],
        time: &[
            "Event.System.TimeCreated.#attributes.SystemTime",
            "Event.System.TimeCreated.@SystemTime",
            "Event.System.TimeCreated.SystemTime",
        ],
        outcome: &["Event.System.Keywords"],
        data: &[2, 3],
        nested: &[&["Event", "EventData"], &["Event", "UserData", "LogFileCleared"]],
    },
    // The same without its outermost element.
    Form {
        number: &["System.EventID"],
        provider: &["System.Provider.Name", "System.Provider.@Name"],
        channel: &["System.Channel"],
        computer: &["System.Computer"],
        record: &["System.EventRecordID"],
        time: &["System.TimeCreated.SystemTime", "System.TimeCreated.@SystemTime"],
        outcome: &["System.Keywords"],
        data: &[4],
        nested: &[&["EventData"]],
    },
    // Wazuh.
    Form {
        number: &["win.system.eventID"],
        provider: &["win.system.providerName"],
        channel: &["win.system.channel"],
        computer: &["win.system.computer"],
        record: &["win.system.eventRecordID"],
        time: &["win.system.systemTime"],
        outcome: &["win.system.keywords"],
        data: &[7],
        nested: &[],
    },
    // Graylog, from Winlogbeat 7 and later.
    Form {
        number: &["winlogbeat_winlog_event_id"],
        provider: &["winlogbeat_winlog_provider_name"],
        channel: &["winlogbeat_winlog_channel"],
        computer: &["winlogbeat_winlog_computer_name"],
        record: &["winlogbeat_winlog_record_id"],
        time: &["timestamp"],
        outcome: &["winlogbeat_event_outcome", "winlogbeat_winlog_keywords"],
        data: &[8],
        nested: &[],
    },
    // Graylog, from older ones.
    Form {
        number: &["winlogbeat_event_id"],
        provider: &["winlogbeat_source_name"],
        channel: &["winlogbeat_log_name"],
        computer: &["winlogbeat_computer_name"],
        record: &["winlogbeat_record_number"],
        time: &["timestamp"],
        outcome: &["winlogbeat_keywords"],
        data: &[9],
        nested: &[],
    },
    // NXLog, also through Graylog; the table `SecurityEvent`; other collectors with flat keys.
    Form {
        number: &["EventID", "EventId"],
        provider: &["SourceName", "ProviderName", "EventSourceName", "Provider"],
        channel: &["Channel", "LogName"],
        computer: &["Computer", "Hostname", "MachineName"],
        record: &["EventRecordID", "RecordNumber", "EventRecordId", "RecordId"],
        time: &["@timestamp", "TimeGenerated", "TimeCreated", "EventTime", "timestamp"],
        outcome: &["EventType", "Keywords"],
        data: &[6, 4, 5],
        nested: &[&["EventData"], &["ExtraEventData"]],
    },
];

/// How many paths the forms have in all, without those of data.
#[expect(clippy::indexing_slicing, reason = "done by the compiler, which refuses a wrong index")]
const AROUND: usize = {
    let (mut all, mut at) = (0, 0);
    while at < FORMS.len() {
        let it = &FORMS[at];
        all += it.number.len()
            + it.provider.len()
            + it.channel.len()
            + it.computer.len()
            + it.record.len()
            + it.time.len()
            + it.outcome.len();
        at += 1;
    }
    all
};

/// Samba's own records.
macro_rules! samba {
    ($($it:ident = $path:literal,)*) => {
        /// A field of a record of Samba.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Samba { $($it,)* }

        const SAMBA_PATHS: [&str; [$(Samba::$it,)*].len()] = [$($path,)*];

        impl From<Samba> for usize {
            fn from(it: Samba) -> usize {
                DATA_PATHS.len() + AROUND + it as usize
            }
        }
    };
}

samba! {
    Type = "type",
    Timestamp = "timestamp",
    AuthEventId = "Authentication.eventId",
    AuthStatus = "Authentication.status",
    AuthPeer = "Authentication.remoteAddress",
    AuthService = "Authentication.serviceDescription",
    AuthDomain = "Authentication.clientDomain",
    AuthAccount = "Authentication.clientAccount",
    AuthMappedDomain = "Authentication.mappedDomain",
    AuthMappedAccount = "Authentication.mappedAccount",
    AuthBecameDomain = "Authentication.becameDomain",
    AuthBecameAccount = "Authentication.becameAccount",
    AuthSid = "Authentication.becameSid",
    AuthLogonId = "Authentication.logonId",
    OpenPeer = "Authorization.remoteAddress",
    OpenService = "Authorization.serviceDescription",
    OpenDomain = "Authorization.domain",
    OpenAccount = "Authorization.account",
    OpenSid = "Authorization.sid",
    OpenSession = "Authorization.sessionId",
    ChangeStatus = "dsdbChange.status",
    ChangeCode = "dsdbChange.statusCode",
    ChangePeer = "dsdbChange.remoteAddress",
    ChangeSid = "dsdbChange.userSid",
    ChangeSystem = "dsdbChange.performedAsSystem",
    ChangeSession = "dsdbChange.sessionId",
    ChangeOperation = "dsdbChange.operation",
    ChangeDn = "dsdbChange.dn",
    PasswordEventId = "passwordChange.eventId",
    PasswordStatus = "passwordChange.status",
    PasswordCode = "passwordChange.statusCode",
    PasswordPeer = "passwordChange.remoteAddress",
    PasswordSid = "passwordChange.userSid",
    PasswordSession = "passwordChange.sessionId",
    PasswordAction = "passwordChange.action",
    PasswordDn = "passwordChange.dn",
    GroupEventId = "groupChange.eventId",
    GroupStatus = "groupChange.status",
    GroupCode = "groupChange.statusCode",
    GroupPeer = "groupChange.remoteAddress",
    GroupSid = "groupChange.userSid",
    GroupSession = "groupChange.sessionId",
    GroupAction = "groupChange.action",
    GroupDn = "groupChange.group",
    GroupMember = "groupChange.user",
}

/// All paths: data, what stands around it, Samba's.
#[expect(clippy::indexing_slicing, reason = "done by the compiler, which refuses a wrong index")]
const ALL: [&str; DATA_PATHS.len() + AROUND + SAMBA_PATHS.len()] = {
    let mut all = [""; DATA_PATHS.len() + AROUND + SAMBA_PATHS.len()];
    let mut to = 0;
    while to < DATA_PATHS.len() {
        all[to] = DATA_PATHS[to];
        to += 1;
    }
    let mut form = 0;
    while form < FORMS.len() {
        let it = &FORMS[form];
        let lists =
            [it.number, it.provider, it.channel, it.computer, it.record, it.time, it.outcome];
        let mut list = 0;
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                all[to] = lists[list][at];
                to += 1;
                at += 1;
            }
            list += 1;
        }
        form += 1;
    }
    let mut at = 0;
    while at < SAMBA_PATHS.len() {
        all[to] = SAMBA_PATHS[at];
        to += 1;
        at += 1;
    }
    all
};

/// The paths of the log source.
pub(super) const PATHS: &[&str] = &ALL;

/// What stands around an event's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    Number,
    Provider,
    Channel,
    Computer,
    Record,
    Time,
    Outcome,
}

/// A record in one of the forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shaped<'a> {
    core: &'a Core<'a>,
    form: &'static Form,
    /// Where the form's own paths begin.
    start: usize,
}

impl<'a> Shaped<'a> {
    /// The record in the first form that has a number.
    pub(super) fn of(core: &'a Core<'a>) -> Option<Self> {
        let mut start = DATA_PATHS.len();
        for form in &FORMS {
            let it = Self { core, form, start };
            if it.slots(Around::Number).any(|it| core.number(it).is_some()) {
                return Some(it);
            }
            start = it.slots(Around::Outcome).end;
        }
        None
    }

    /// The numbers of the paths of one part.
    fn slots(&self, part: Around) -> std::ops::Range<usize> {
        let it = self.form;
        let lengths = [
            it.number.len(),
            it.provider.len(),
            it.channel.len(),
            it.computer.len(),
            it.record.len(),
            it.time.len(),
            it.outcome.len(),
        ];
        let before: usize = lengths.iter().take(part as usize).sum();
        let length = lengths.get(part as usize).copied().unwrap_or_default();
        self.start + before..self.start + before + length
    }

    /// The texts of a part, in every spelling.
    pub(super) fn around(&self, part: Around) -> impl Iterator<Item = &'a str> + use<'a> {
        let core = self.core;
        self.slots(part).flat_map(move |it| core.texts(it))
    }

    /// The number of a part.
    pub(super) fn around_number(&self, part: Around) -> Option<f64> {
        self.slots(part).find_map(|it| self.core.number(it))
    }

    /// Where the object with the data may be.
    pub(super) fn nested(&self) -> impl Iterator<Item = &'static [&'static str]> + use<> {
        self.form.nested.iter().copied()
    }

    /// A field of the data; `-` stands for none.
    pub(super) fn data(&self, field: Data) -> Option<&'a str> {
        self.form
            .data
            .iter()
            .filter_map(|prefix| self.core.text(prefix * FIELDS + field as usize))
            .find(|it| *it != "-")
    }

    /// A field of the data that is a number.
    pub(super) fn data_number(&self, field: Data) -> Option<f64> {
        self.form.data.iter().find_map(|prefix| self.core.number(prefix * FIELDS + field as usize))
    }
}
