//! The credentials of users beside access keys and passwords: each sort listed, and set to a status.

use super::iam::stamp;
use super::wire::{Form, result};
use super::{Answered, Call, Element, Service, Unread};
use crate::client::OtherCredential;
use crate::operation as op;
use interlock_model::{Operation, Timestamp};

/// The credentials of a user for single services: a few for each, and one page has them all.
#[derive(Debug)]
pub(crate) struct ListServiceSpecificCredentials<'a>(pub &'a str);

/// The X.509 certificates of a user: two at most, so one page.
#[derive(Debug)]
pub(crate) struct ListSigningCertificates<'a>(pub &'a str);

/// The public SSH keys of a user: five at most, so one page.
#[derive(Debug)]
pub(crate) struct ListSshPublicKeys<'a>(pub &'a str);

impl Call for ListServiceSpecificCredentials<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::LIST_SERVICE_CREDENTIALS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Call for ListSigningCertificates<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::LIST_SIGNING_CERTIFICATES;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Call for ListSshPublicKeys<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::LIST_SSH_PUBLIC_KEYS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Answered for ListServiceSpecificCredentials<'_> {
    type Answer = Vec<OtherCredential>;

    fn read(body: &[u8]) -> Result<Vec<OtherCredential>, Unread> {
        let it = result::<Self>(body)?;
        let credential = |it: &Element| {
            Ok(OtherCredential {
                service: Some(it.needed("ServiceName")?),
                expires: second(it, "ExpirationDate")?,
                ..listed(it, "ServiceSpecificCredentialId", "CreateDate")?
            })
        };
        it.members("ServiceSpecificCredentials").map(credential).collect()
    }
}

impl Answered for ListSigningCertificates<'_> {
    type Answer = Vec<OtherCredential>;

    fn read(body: &[u8]) -> Result<Vec<OtherCredential>, Unread> {
        let it = result::<Self>(body)?;
        it.members("Certificates").map(|it| listed(it, "CertificateId", "UploadDate")).collect()
    }
}

impl Answered for ListSshPublicKeys<'_> {
    type Answer = Vec<OtherCredential>;

    fn read(body: &[u8]) -> Result<Vec<OtherCredential>, Unread> {
        let it = result::<Self>(body)?;
        it.members("SSHPublicKeys").map(|it| listed(it, "SSHPublicKeyId", "UploadDate")).collect()
    }
}

/// What every sort has: its id and the date since when it is there stand under these names.
fn listed(it: &Element, id: &'static str, since: &'static str) -> Result<OtherCredential, Unread> {
    Ok(OtherCredential {
        id: it.needed(id)?,
        status: it.needed("Status")?,
        service: None,
        created: second(it, since)?,
        expires: None,
    })
}

fn second(it: &Element, name: &str) -> Result<Option<i64>, Unread> {
    Ok(stamp(it, name)?.map(Timestamp::as_second))
}

/// Sets the status of a credential for a single service.
#[derive(Debug)]
pub(crate) struct UpdateServiceSpecificCredential<'a> {
    /// The user. Without one AWS would take the caller's own.
    pub user: &'a str,
    /// The credential.
    pub id: &'a str,
    /// The status.
    pub status: &'a str,
}

/// The same of a signing certificate.
#[derive(Debug)]
pub(crate) struct UpdateSigningCertificate<'a> {
    /// The user. Without one AWS would take the caller's own.
    pub user: &'a str,
    /// The certificate.
    pub id: &'a str,
    /// The status.
    pub status: &'a str,
}

/// The same of a public SSH key.
#[derive(Debug)]
pub(crate) struct UpdateSshPublicKey<'a> {
    /// The user.
    pub user: &'a str,
    /// The key.
    pub id: &'a str,
    /// The status.
    pub status: &'a str,
}

impl Call for UpdateServiceSpecificCredential<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::UPDATE_SERVICE_CREDENTIAL;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("UserName", self.user);
        form.with("ServiceSpecificCredentialId", self.id).with("Status", self.status).done()
    }
}

impl Call for UpdateSigningCertificate<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::UPDATE_SIGNING_CERTIFICATE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("UserName", self.user);
        form.with("CertificateId", self.id).with("Status", self.status).done()
    }
}

impl Call for UpdateSshPublicKey<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::UPDATE_SSH_PUBLIC_KEY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("UserName", self.user);
        form.with("SSHPublicKeyId", self.id).with("Status", self.status).done()
    }
}
