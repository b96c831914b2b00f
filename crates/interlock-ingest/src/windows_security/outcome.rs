//! Whether what the event tells of took effect.

use super::paths::{Around, Data, Shaped};
use interlock_model::{Outcome, RefusalStage};

/// The bit of the keywords that says "audit failure".
const AUDIT_FAILURE: u64 = 0x10_0000_0000_0000;

/// The outcome of the record.
pub(super) fn read(it: &Shaped<'_>, number: u16) -> Outcome {
    let (code, stage) = match number {
        4625 => {
            let code = [Data::SubStatus, Data::Status]
                .into_iter()
                .filter_map(|field| code(it, field))
                .find(|it| *it != 0);
            let code = code.unwrap_or(0xC000_006D);
            (code, sign_in(code))
        }
        4768..=4773 => {
            let status = code(it, Data::Status).or_else(|| code(it, Data::FailureCode));
            match status {
                None | Some(0) if number == 4768 || number == 4769 || number == 4770 => {
                    return Outcome::Success;
                }
                None | Some(0) => (0x18, kerberos(0x18)),
                Some(code) => (code, kerberos(code)),
            }
        }
        4776 | 4777 => match code(it, Data::Status) {
            None | Some(0) if number == 4776 => return Outcome::Success,
            status => {
                let code = status.filter(|it| *it != 0).unwrap_or(0xC000_006D);
                (code, sign_in(code))
            }
        },
        _ if failed(it) => {
            return Outcome::Refused {
                code: "audit failure".into(),
                stage: RefusalStage::Permission,
            };
        }
        _ => return Outcome::Success,
    };
    let code = format!("0x{code:x}").into();
    match stage {
        Some(stage) => Outcome::Refused { code, stage },
        None => Outcome::Failed { code },
    }
}

/// A code that is written as `0xc000006d`, `-1073741715` or a plain number.
fn code(it: &Shaped<'_>, field: Data) -> Option<u32> {
    let text = it.data(field);
    let hexadecimal = text.and_then(|it| it.strip_prefix("0x").or_else(|| it.strip_prefix("0X")));
    if let Some(digits) = hexadecimal {
        return u32::from_str_radix(digits, 16).ok();
    }
    let number = it.data_number(field)?;
    (number.fract() == 0.0 && number.abs() < 4_294_967_296.0).then_some(number as i64 as u32)
}

/// How far a sign-in came, by its NTSTATUS; `None` when nothing was refused.
pub(super) fn sign_in(code: u32) -> Option<RefusalStage> {
    match code {
        // Expired and to be changed passwords, disabled, expired and locked accounts: said only when the rest is right.
        0xC000_0071 | 0xC000_0072 | 0xC000_0193 | 0xC000_0224 | 0xC000_0234 => {
            Some(RefusalStage::ExplicitDeny)
        }
        // Hours, computers, kinds of logon, the authentication firewall, restrictions of the account.
        0xC000_006E | 0xC000_006F | 0xC000_0070 | 0xC000_015B | 0xC000_0413 => {
            Some(RefusalStage::Permission)
        }
        // No domain controller, clocks that differ, trusts that are broken.
        0xC000_005E | 0xC000_0133 | 0xC000_018C | 0xC000_018D | 0xC000_0192 => None,
        _ => Some(RefusalStage::Credential),
    }
}

/// The same for Kerberos.
fn kerberos(code: u32) -> Option<RefusalStage> {
    match code {
        // Revoked client, expired password, policy.
        0xC | 0x12 | 0x17 => Some(RefusalStage::ExplicitDeny),
        // Unknown client, wrong password, expired or unusable ticket or certificate.
        0x6 | 0x10 | 0x18 | 0x1F | 0x20 | 0x3E..=0x41 | 0x42 | 0x48 => {
            Some(RefusalStage::Credential)
        }
        _ => None,
    }
}

/// Whether the record is of a failed attempt, in any of the words for it.
fn failed(it: &Shaped<'_>) -> bool {
    let bit = |text: &str| {
        let digits = text.strip_prefix("0x")?;
        u64::from_str_radix(digits, 16).ok().map(|it| it & AUDIT_FAILURE != 0)
    };
    it.around(Around::Outcome).any(|it| {
        let words = ["failure", "audit failure", "audit_failure"];
        words.iter().any(|word| it.eq_ignore_ascii_case(word)) || bit(it) == Some(true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_how_far_the_caller_came() {
        use RefusalStage::{Credential, ExplicitDeny, Permission};
        for (code, expected) in [
            (0xC000_006A, Some(Credential)),
            (0xC000_0064, Some(Credential)),
            (0xC000_0072, Some(ExplicitDeny)),
            (0xC000_0234, Some(ExplicitDeny)),
            (0xC000_015B, Some(Permission)),
            (0xC000_005E, None),
        ] {
            assert_eq!(sign_in(code), expected, "{code:x}");
        }
        for (code, expected) in
            [(0x18, Some(Credential)), (0x12, Some(ExplicitDeny)), (0x25, None), (0xE, None)]
        {
            assert_eq!(kerberos(code), expected, "{code:x}");
        }
    }
}
