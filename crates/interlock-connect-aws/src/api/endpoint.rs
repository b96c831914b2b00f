//! Where each service answers, and for which region requests to it are signed.
//!
//! Source: the endpoint rule sets and the list of partitions that AWS publishes with its SDKs.

/// A service that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Identity and Access Management: one endpoint for each partition.
    Iam,
    /// IAM Identity Center: one endpoint for each region.
    IdentityCenter,
    /// The identity store behind it: one endpoint for each region.
    IdentityStore,
    /// Organizations: one endpoint for each partition.
    Organizations,
    /// Roles Anywhere: one endpoint for each region.
    RolesAnywhere,
    /// Secrets Manager: one endpoint for each region.
    SecretsManager,
    /// Systems Manager, of which Parameter Store is a part: one endpoint for each region.
    Ssm,
    /// The Security Token Service: one endpoint for each region.
    Sts,
}

/// How requests to a service look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Form-encoded requests of this version of the interface, answered in XML.
    Query {
        /// The version.
        version: &'static str,
    },
    /// JSON 1.1 both ways; the operation stands in `X-Amz-Target` after this word.
    Json {
        /// The word.
        target: &'static str,
    },
    /// JSON both ways; method and path say which operation it is, and of what.
    RestJson,
}

impl Service {
    /// The name in signatures and addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::IdentityCenter => "sso",
            Self::IdentityStore => "identitystore",
            Self::Organizations => "organizations",
            Self::RolesAnywhere => "rolesanywhere",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
        }
    }

    /// The name by which the SDKs' own configuration knows it.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Iam => "IAM",
            Self::IdentityCenter => "SSO Admin",
            Self::IdentityStore => "identitystore",
            Self::Organizations => "Organizations",
            Self::RolesAnywhere => "RolesAnywhere",
            Self::SecretsManager => "Secrets Manager",
            Self::Ssm => "SSM",
            Self::Sts => "STS",
        }
    }

    /// How requests to it look.
    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::Iam => Protocol::Query { version: "2010-05-08" },
            Self::IdentityCenter => Protocol::Json { target: "SWBExternalService" },
            Self::IdentityStore => Protocol::Json { target: "AWSIdentityStore" },
            Self::Organizations => Protocol::Json { target: "AWSOrganizationsV20161128" },
            Self::RolesAnywhere => Protocol::RestJson,
            Self::SecretsManager => Protocol::Json { target: "secretsmanager" },
            Self::Ssm => Protocol::Json { target: "AmazonSSM" },
            Self::Sts => Protocol::Query { version: "2011-06-15" },
        }
    }
}

/// Which of a service's endpoints is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The region.
    pub region: &'a str,
    /// An address of one's own, instead of the public ones.
    pub own: Option<&'a str>,
    /// Only what is validated to FIPS 140.
    pub fips: bool,
    /// Also by IPv6.
    pub dual_stack: bool,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The address.
    pub url: String,
    /// The region that the signature names.
    pub region: String,
}

/// A part of AWS that shares nothing with the others.
struct Partition {
    /// How the names of its regions begin.
    start: &'static str,
    /// How names end there.
    suffix: &'static str,
    /// The same for names with addresses of both kinds.
    dual_suffix: &'static str,
    /// The region of services that have one endpoint.
    home: &'static str,
    /// The endpoint of IAM.
    iam: &'static str,
    /// The same by FIPS, with addresses of both kinds, and both.
    iam_fips: &'static str,
    iam_dual: &'static str,
    iam_fips_dual: &'static str,
}

const AWS: Partition = Partition {
    start: "",
    suffix: "amazonaws.com",
    dual_suffix: "api.aws",
    home: "us-east-1",
    iam: "iam.amazonaws.com",
    iam_fips: "iam-fips.amazonaws.com",
    iam_dual: "iam.global.api.aws",
    iam_fips_dual: "iam-fips.global.api.aws",
};
const CHINA: Partition = Partition {
    start: "cn-",
    suffix: "amazonaws.com.cn",
    dual_suffix: "api.amazonwebservices.com.cn",
    home: "cn-north-1",
    iam: "iam.cn-north-1.amazonaws.com.cn",
    iam_fips: "iam-fips.amazonaws.com.cn",
    iam_dual: "iam.global.api.amazonwebservices.com.cn",
    iam_fips_dual: "iam-fips.api.amazonwebservices.com.cn",
};
const US_GOVERNMENT: Partition = Partition {
    start: "us-gov-",
    suffix: "amazonaws.com",
    dual_suffix: "api.aws",
    home: "us-gov-west-1",
    iam: "iam.us-gov.amazonaws.com",
    iam_fips: "iam.us-gov.amazonaws.com",
    iam_dual: "iam.us-gov.api.aws",
    iam_fips_dual: "iam.us-gov.api.aws",
};
const EUROPE: Partition = Partition {
    start: "eusc-de-",
    suffix: "amazonaws.eu",
    dual_suffix: "api.amazonwebservices.eu",
    home: "eusc-de-east-1",
    iam: "iam.eusc-de-east-1.amazonaws.eu",
    iam_fips: "iam-fips.amazonaws.eu",
    iam_dual: "iam.global.api.amazonwebservices.eu",
    iam_fips_dual: "iam-fips.api.amazonwebservices.eu",
};
const ISO: Partition = Partition {
    start: "us-iso-",
    suffix: "c2s.ic.gov",
    dual_suffix: "api.aws.ic.gov",
    home: "us-iso-east-1",
    iam: "iam.us-iso-east-1.c2s.ic.gov",
    iam_fips: "iam-fips.us-iso-east-1.c2s.ic.gov",
    iam_dual: "iam.api.aws.ic.gov",
    iam_fips_dual: "iam-fips.api.aws.ic.gov",
};
const ISO_B: Partition = Partition {
    start: "us-isob-",
    suffix: "sc2s.sgov.gov",
    dual_suffix: "api.aws.scloud",
    home: "us-isob-east-1",
    iam: "iam.us-isob-east-1.sc2s.sgov.gov",
    iam_fips: "iam-fips.us-isob-east-1.sc2s.sgov.gov",
    iam_dual: "iam.api.aws.scloud",
    iam_fips_dual: "iam-fips.api.aws.scloud",
};
const ISO_E: Partition = Partition {
    start: "eu-isoe-",
    suffix: "cloud.adc-e.uk",
    dual_suffix: "api.cloud-aws.adc-e.uk",
    home: "eu-isoe-west-1",
    iam: "iam.eu-isoe-west-1.cloud.adc-e.uk",
    iam_fips: "iam-fips.cloud.adc-e.uk",
    iam_dual: "iam.api.cloud-aws.adc-e.uk",
    iam_fips_dual: "iam-fips.api.cloud-aws.adc-e.uk",
};
const ISO_F: Partition = Partition {
    start: "us-isof-",
    suffix: "csp.hci.ic.gov",
    dual_suffix: "api.aws.hci.ic.gov",
    home: "us-isof-south-1",
    iam: "iam.us-isof-south-1.csp.hci.ic.gov",
    iam_fips: "iam-fips.us-isof-south-1.csp.hci.ic.gov",
    iam_dual: "iam.api.aws.hci.ic.gov",
    iam_fips_dual: "iam-fips.api.aws.hci.ic.gov",
};

impl Partition {
    /// The region of Organizations' one endpoint: in China another than IAM's.
    fn organizations(&self) -> &'static str {
        if self.start == CHINA.start { "cn-northwest-1" } else { self.home }
    }
}

/// A region that nobody knows is in the public partition, as the SDKs have it.
fn partition(region: &str) -> &'static Partition {
    const OTHERS: [&Partition; 7] = [&CHINA, &US_GOVERNMENT, &EUROPE, &ISO, &ISO_B, &ISO_E, &ISO_F];
    OTHERS.into_iter().find(|it| region.starts_with(it.start)).unwrap_or(&AWS)
}

impl Service {
    /// Where it answers; or why nowhere.
    pub(crate) fn endpoint(self, place: Place<'_>) -> Result<Endpoint, &'static str> {
        let Place { region, own, fips, dual_stack } = place;
        if let Some(own) = own {
            if fips || dual_stack {
                return Err(
                    "FIPS and IPv6 endpoints cannot be had together with an endpoint of one's own",
                );
            }
            let url = own.trim_end_matches('/').to_owned();
            return Ok(Endpoint { url, region: region.to_owned() });
        }
        // It becomes part of a host name.
        if region.is_empty() || !region.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-') {
            return Err("the region is no region's name");
        }
        let partition = partition(region);
        let (host, region) = match self {
            Self::Iam => {
                let host = match (fips, dual_stack) {
                    (false, false) => partition.iam,
                    (true, false) => partition.iam_fips,
                    (false, true) => partition.iam_dual,
                    (true, true) => partition.iam_fips_dual,
                };
                (host.to_owned(), partition.home)
            }
            Self::Sts if region == "aws-global" => ("sts.amazonaws.com".to_owned(), "us-east-1"),
            Self::Organizations => {
                let home = partition.organizations();
                (regional(self, partition, home, fips, dual_stack), home)
            }
            Self::Sts
            | Self::SecretsManager
            | Self::Ssm
            | Self::IdentityCenter
            | Self::IdentityStore
            | Self::RolesAnywhere => (regional(self, partition, region, fips, dual_stack), region),
        };
        Ok(Endpoint { url: format!("https://{host}"), region: region.to_owned() })
    }
}

/// The host of a service with an endpoint in each region, with the rule sets' own exceptions.
fn regional(
    service: Service,
    partition: &Partition,
    region: &str,
    fips: bool,
    dual_stack: bool,
) -> String {
    let name = service.name();
    let (mut word, mut suffix) = (if fips { "-fips" } else { "" }, partition.suffix);
    if dual_stack {
        suffix = partition.dual_suffix;
    }
    match service {
        Service::Sts | Service::Ssm | Service::IdentityCenter | Service::IdentityStore
            if fips && !dual_stack && partition.start == US_GOVERNMENT.start =>
        {
            word = "";
        }
        Service::Organizations if partition.start == US_GOVERNMENT.start => word = "",
        Service::SecretsManager if dual_stack => {
            let plain = [AWS.start, US_GOVERNMENT.start].contains(&partition.start)
                || (!fips && partition.start == CHINA.start);
            if plain {
                suffix = partition.suffix;
            }
        }
        Service::Iam
        | Service::IdentityCenter
        | Service::IdentityStore
        | Service::Organizations
        | Service::RolesAnywhere
        | Service::Sts
        | Service::SecretsManager
        | Service::Ssm => {}
    }
    format!("{name}{word}.{region}.{suffix}")
}
