//! GitHub and Google Cloud, from the configuration to hands.

use crate::clock;
use crate::config::{
    ConnectorConfig, GithubConfig, GithubCredential, GoogleCloudConfig, GoogleCredential,
};
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::delivery::Deliveries;
use interlock_connect::{github, google_cloud};

/// One organisation of GitHub.
pub(super) fn organization(
    config: &ConnectorConfig,
    it: &GithubConfig,
    deliveries: &Deliveries,
) -> Result<github::Github, Failure> {
    let mut github = organization_config(config, it)?;
    github.deliveries = deliveries.clone();
    Ok(github::Github::prepare(github))
}

/// How an organisation is spoken to.
pub(super) fn organization_config(
    config: &ConnectorConfig,
    it: &GithubConfig,
) -> Result<github::GithubConfig, Failure> {
    let failed =
        |why: String| Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)));
    let credential = match &it.credential {
        GithubCredential::Token(token) => {
            github::Credential::Token(crate::feed::secret(token).map_err(failed)?)
        }
        GithubCredential::App { id, installation, private_key } => {
            let private_key = crate::feed::secret_lines(private_key).map_err(failed)?;
            let (id, installation) = (id.clone(), *installation);
            github::Credential::App(github::App { id, installation, private_key })
        }
    };
    let own_apps = it.own_apps.iter().map(|app| {
        let private_key = crate::feed::secret_lines(&app.private_key).map_err(failed)?;
        Ok(github::App { id: app.id.clone(), installation: app.installation, private_key })
    });
    let own_apps = own_apps.collect::<Result<Vec<_>, Failure>>()?;
    Ok(github::GithubConfig {
        id: config.id.clone(),
        organization: it.organization.clone(),
        endpoint: it.endpoint.clone(),
        repositories: it.repositories.clone(),
        credential,
        own_apps,
        deliveries: Deliveries::default(),
        clock: clock::now,
        settle: config.settle,
    })
}

/// One project of Google Cloud.
pub(super) fn project(
    config: &ConnectorConfig,
    it: &GoogleCloudConfig,
    deliveries: &Deliveries,
) -> Result<google_cloud::GoogleCloud, Failure> {
    let mut project = project_config(config, it)?;
    project.deliveries = deliveries.clone();
    Ok(google_cloud::GoogleCloud::prepare(project))
}

/// How a project is spoken to.
pub(super) fn project_config(
    config: &ConnectorConfig,
    it: &GoogleCloudConfig,
) -> Result<google_cloud::GoogleCloudConfig, Failure> {
    let failed =
        |why: String| Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)));
    let credential = match &it.credential {
        GoogleCredential::Machine => google_cloud::Credential::Machine,
        GoogleCredential::Key(key) => {
            google_cloud::Credential::Key(crate::feed::secret_lines(key).map_err(failed)?)
        }
        GoogleCredential::Token { token, acts_as } => google_cloud::Credential::Token {
            token: crate::feed::secret(token).map_err(failed)?,
            acts_as: acts_as.clone(),
        },
    };
    Ok(google_cloud::GoogleCloudConfig {
        id: config.id.clone(),
        project: it.project.clone(),
        credential,
        workspace_admin: it.workspace_admin.clone(),
        deliveries: Deliveries::default(),
        clock: clock::now,
        settle: config.settle,
    })
}
