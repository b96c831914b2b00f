//! The techniques by which a principal of an AWS account comes to more, as data.
//!
//! What each permission does is the provider's documentation; that these together raise privileges
//! is public knowledge, told where [`Technique::source`] points.

/// One technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Technique {
    /// Its name here.
    pub name: &'static str,
    /// What it acts on.
    pub target: Target,
    /// The permissions that it needs, all of them.
    pub needs: &'static [Need],
    /// What it gains.
    pub gain: Gain,
    /// What must be so besides, and cannot be seen from the account's details.
    pub supposes: Option<&'static str>,
    /// Where it is described in public.
    pub source: &'static str,
}

/// What a technique acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Who uses it, user or role.
    Oneself,
    /// Who uses it, being a user.
    OwnUser,
    /// Who uses it, being a role.
    OwnRole,
    /// A group that the user is in.
    OwnGroup,
    /// A group that the user is not in.
    OtherGroup,
    /// Another user.
    User,
    /// Another user who has fewer than two access keys, as far as is known.
    UserWithRoom,
    /// Another role.
    Role,
    /// A role that this service may assume and that is passed to it.
    PassedTo(&'static str),
    /// A role that this service may assume, and that something of it already runs as.
    RunsAs(&'static str),
}

impl Target {
    /// The service that runs as the role.
    #[must_use]
    pub const fn service(self) -> Option<&'static str> {
        match self {
            Self::PassedTo(service) | Self::RunsAs(service) => Some(service),
            Self::Oneself
            | Self::OwnUser
            | Self::OwnRole
            | Self::OwnGroup
            | Self::OtherGroup
            | Self::User
            | Self::UserWithRoom
            | Self::Role => None,
        }
    }
}

/// A permission that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The action.
    pub action: &'static str,
    /// On what.
    pub on: On,
}

/// On what a permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// On the target itself.
    Target,
    /// On the target as a role that lets the principal in; not needed where the trust names it.
    Entry,
    /// On a policy of the account that is attached to the target.
    PolicyOfTarget,
    /// The same, and the policy has another version.
    OlderPolicyOfTarget,
    /// On any resource: one that is made on the way, or that the account's details do not tell of.
    Anything,
}

/// What a technique gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// Whatever one likes to give.
    Anything,
    /// What the target may do.
    WhatTargetMay,
}

const fn on(on: On, action: &'static str) -> Need {
    Need { action, on }
}

const fn any(action: &'static str) -> Need {
    Need { action, on: On::Anything }
}

const PASS: Need = on(On::Target, "iam:PassRole");
const ENTER: Need = on(On::Entry, "sts:AssumeRole");
const OPEN: Need = on(On::Target, "iam:UpdateAssumeRolePolicy");
const KEY: Need = on(On::Target, "iam:CreateAccessKey");
const PASSWORD: Need = on(On::Target, "iam:CreateLoginProfile");
const REWRITE: Need = on(On::PolicyOfTarget, "iam:CreatePolicyVersion");

/// A table row: acts on a principal or group.
const fn iam(name: &'static str, target: Target, gain: Gain, needs: &'static [Need]) -> Technique {
    Technique { name, target, needs, gain, supposes: None, source: IAM }
}

/// A table row: a role is passed to something new.
const fn pass(name: &'static str, service: &'static str, needs: &'static [Need]) -> Technique {
    let (target, gain) = (Target::PassedTo(service), Gain::WhatTargetMay);
    Technique { name, target, needs, gain, supposes: None, source: PASSING }
}

/// A table row: something that runs as a role is made to do one's will.
const fn runs(
    name: &'static str,
    service: &'static str,
    supposes: &'static str,
    needs: &'static [Need],
) -> Technique {
    let (target, gain) = (Target::RunsAs(service), Gain::WhatTargetMay);
    Technique { name, target, needs, gain, supposes: Some(supposes), source: RUNNING }
}

/// The twenty-one classic ways, described by those who found them.
const IAM: &str = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/";
/// What passing a role means, by the provider.
const PASSING: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html";
/// Ways through what already runs.
const RUNNING: &str = "https://hackingthe.cloud/aws/exploitation/iam_privilege_escalation/";

use Gain::{Anything, WhatTargetMay};
use Target::{Oneself, OtherGroup, OwnGroup, OwnRole, OwnUser, Role, User, UserWithRoom};

const APPRUNNER: &str = "tasks.apprunner.amazonaws.com";
const AGENTCORE: &str = "bedrock-agentcore.amazonaws.com";
const BATCH: &str = "ecs-tasks.amazonaws.com";
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";
const CODEBUILD: &str = "codebuild.amazonaws.com";
const DATAPIPELINE: &str = "datapipeline.amazonaws.com";
/// Instances run as the role of their profile, so a role needs one.
pub(super) const EC2: &str = "ec2.amazonaws.com";
const ECS: &str = "ecs-tasks.amazonaws.com";
const EMR: &str = "elasticmapreduce.amazonaws.com";
const GLUE: &str = "glue.amazonaws.com";
const LAMBDA: &str = "lambda.amazonaws.com";
const SAGEMAKER: &str = "sagemaker.amazonaws.com";
const SCHEDULER: &str = "scheduler.amazonaws.com";
const SSM: &str = "ssm.amazonaws.com";
const STATES: &str = "states.amazonaws.com";

/// Every technique.
pub const TECHNIQUES: &[Technique] = &[
    // Its own permissions.
    iam("rewrite-own-policy", Oneself, Anything, &[REWRITE]),
    iam(
        "older-version-of-own-policy",
        Oneself,
        Anything,
        &[on(On::OlderPolicyOfTarget, "iam:SetDefaultPolicyVersion")],
    ),
    iam("write-into-own-user", OwnUser, Anything, &[on(On::Target, "iam:PutUserPolicy")]),
    iam("attach-to-own-user", OwnUser, Anything, &[on(On::Target, "iam:AttachUserPolicy")]),
    iam("write-into-own-role", OwnRole, Anything, &[on(On::Target, "iam:PutRolePolicy")]),
    iam("attach-to-own-role", OwnRole, Anything, &[on(On::Target, "iam:AttachRolePolicy")]),
    iam("write-into-own-group", OwnGroup, Anything, &[on(On::Target, "iam:PutGroupPolicy")]),
    iam("attach-to-own-group", OwnGroup, Anything, &[on(On::Target, "iam:AttachGroupPolicy")]),
    iam("join-group", OtherGroup, WhatTargetMay, &[on(On::Target, "iam:AddUserToGroup")]),
    // Another user.
    iam("make-key-of-user", UserWithRoom, WhatTargetMay, &[KEY]),
    iam("replace-key-of-user", User, WhatTargetMay, &[KEY, on(On::Target, "iam:DeleteAccessKey")]),
    iam("set-first-password-of-user", User, WhatTargetMay, &[PASSWORD]),
    iam("set-password-of-user", User, WhatTargetMay, &[on(On::Target, "iam:UpdateLoginProfile")]),
    iam(
        "attach-to-user-and-make-key",
        UserWithRoom,
        Anything,
        &[on(On::Target, "iam:AttachUserPolicy"), KEY],
    ),
    iam(
        "write-into-user-and-make-key",
        UserWithRoom,
        Anything,
        &[on(On::Target, "iam:PutUserPolicy"), KEY],
    ),
    iam("rewrite-policy-of-user-and-make-key", UserWithRoom, Anything, &[REWRITE, KEY]),
    iam(
        "attach-to-user-and-set-password",
        User,
        Anything,
        &[on(On::Target, "iam:AttachUserPolicy"), PASSWORD],
    ),
    iam(
        "write-into-user-and-set-password",
        User,
        Anything,
        &[on(On::Target, "iam:PutUserPolicy"), PASSWORD],
    ),
    // Another role.
    iam("assume-role", Role, WhatTargetMay, &[ENTER]),
    iam("open-role", Role, WhatTargetMay, &[OPEN]),
    iam(
        "attach-to-role-and-assume",
        Role,
        Anything,
        &[on(On::Target, "iam:AttachRolePolicy"), ENTER],
    ),
    iam(
        "write-into-role-and-assume",
        Role,
        Anything,
        &[on(On::Target, "iam:PutRolePolicy"), ENTER],
    ),
    iam("rewrite-policy-of-role-and-assume", Role, Anything, &[REWRITE, ENTER]),
    iam("attach-to-role-and-open", Role, Anything, &[on(On::Target, "iam:AttachRolePolicy"), OPEN]),
    iam("write-into-role-and-open", Role, Anything, &[on(On::Target, "iam:PutRolePolicy"), OPEN]),
    iam("rewrite-policy-of-role-and-open", Role, Anything, &[REWRITE, OPEN]),
    // A role passed to something new.
    pass("app-runner-service", APPRUNNER, &[PASS, any("apprunner:CreateService")]),
    pass("batch-job", BATCH, &[PASS, any("batch:RegisterJobDefinition"), any("batch:SubmitJob")]),
    pass(
        "code-interpreter",
        AGENTCORE,
        &[
            PASS,
            any("bedrock-agentcore:CreateCodeInterpreter"),
            any("bedrock-agentcore:StartCodeInterpreterSession"),
            any("bedrock-agentcore:InvokeCodeInterpreter"),
        ],
    ),
    pass("stack", CLOUDFORMATION, &[PASS, any("cloudformation:CreateStack")]),
    pass(
        "stack-set",
        CLOUDFORMATION,
        &[PASS, any("cloudformation:CreateStackSet"), any("cloudformation:CreateStackInstances")],
    ),
    pass("stack-set-changed", CLOUDFORMATION, &[PASS, any("cloudformation:UpdateStackSet")]),
    pass("build", CODEBUILD, &[PASS, any("codebuild:CreateProject"), any("codebuild:StartBuild")]),
    pass(
        "build-batch",
        CODEBUILD,
        &[PASS, any("codebuild:CreateProject"), any("codebuild:StartBuildBatch")],
    ),
    pass(
        "pipeline",
        DATAPIPELINE,
        &[
            PASS,
            any("datapipeline:CreatePipeline"),
            any("datapipeline:PutPipelineDefinition"),
            any("datapipeline:ActivatePipeline"),
        ],
    ),
    pass("instance", EC2, &[PASS, any("ec2:RunInstances")]),
    pass("spot-instance", EC2, &[PASS, any("ec2:RequestSpotInstances")]),
    pass("profile-to-instance", EC2, &[PASS, any("ec2:AssociateIamInstanceProfile")]),
    pass("profile-of-instance", EC2, &[PASS, any("ec2:ReplaceIamInstanceProfileAssociation")]),
    pass(
        "instances-by-group",
        EC2,
        &[
            PASS,
            any("autoscaling:CreateLaunchConfiguration"),
            any("autoscaling:CreateAutoScalingGroup"),
        ],
    ),
    pass(
        "task-in-new-cluster",
        ECS,
        &[PASS, any("ecs:CreateCluster"), any("ecs:RegisterTaskDefinition"), any("ecs:RunTask")],
    ),
    pass("task", ECS, &[PASS, any("ecs:RegisterTaskDefinition"), any("ecs:RunTask")]),
    pass("task-on-instance", ECS, &[PASS, any("ecs:RegisterTaskDefinition"), any("ecs:StartTask")]),
    pass(
        "service-in-new-cluster",
        ECS,
        &[
            PASS,
            any("ecs:CreateCluster"),
            any("ecs:RegisterTaskDefinition"),
            any("ecs:CreateService"),
        ],
    ),
    pass("service", ECS, &[PASS, any("ecs:RegisterTaskDefinition"), any("ecs:CreateService")]),
    pass(
        "service-changed",
        ECS,
        &[PASS, any("ecs:RegisterTaskDefinition"), any("ecs:UpdateService")],
    ),
    pass("cluster-of-hadoop", EMR, &[PASS, any("elasticmapreduce:RunJobFlow")]),
    pass("development-endpoint", GLUE, &[PASS, any("glue:CreateDevEndpoint")]),
    pass("job", GLUE, &[PASS, any("glue:CreateJob"), any("glue:StartJobRun")]),
    pass("job-by-trigger", GLUE, &[PASS, any("glue:CreateJob"), any("glue:CreateTrigger")]),
    pass("job-changed", GLUE, &[PASS, any("glue:UpdateJob"), any("glue:StartJobRun")]),
    pass("job-changed-by-trigger", GLUE, &[PASS, any("glue:UpdateJob"), any("glue:CreateTrigger")]),
    pass("session-of-glue", GLUE, &[PASS, any("glue:CreateSession"), any("glue:RunStatement")]),
    pass("function", LAMBDA, &[PASS, any("lambda:CreateFunction"), any("lambda:InvokeFunction")]),
    pass(
        "function-by-event",
        LAMBDA,
        &[PASS, any("lambda:CreateFunction"), any("lambda:CreateEventSourceMapping")],
    ),
    pass(
        "function-opened",
        LAMBDA,
        &[PASS, any("lambda:CreateFunction"), any("lambda:AddPermission")],
    ),
    pass(
        "function-by-url",
        LAMBDA,
        &[PASS, any("lambda:CreateFunction"), any("lambda:CreateFunctionUrlConfig")],
    ),
    pass(
        "notebook",
        SAGEMAKER,
        &[
            PASS,
            any("sagemaker:CreateNotebookInstance"),
            any("sagemaker:CreatePresignedNotebookInstanceUrl"),
        ],
    ),
    pass(
        "notebook-that-starts",
        SAGEMAKER,
        &[
            PASS,
            any("sagemaker:CreateNotebookInstanceLifecycleConfig"),
            any("sagemaker:CreateNotebookInstance"),
        ],
    ),
    pass("training-job", SAGEMAKER, &[PASS, any("sagemaker:CreateTrainingJob")]),
    pass("processing-job", SAGEMAKER, &[PASS, any("sagemaker:CreateProcessingJob")]),
    pass("schedule", SCHEDULER, &[PASS, any("scheduler:CreateSchedule")]),
    pass(
        "automation",
        SSM,
        &[PASS, any("ssm:CreateDocument"), any("ssm:StartAutomationExecution")],
    ),
    pass(
        "state-machine",
        STATES,
        &[PASS, any("states:CreateStateMachine"), any("states:StartExecution")],
    ),
    pass(
        "state-machine-changed",
        STATES,
        &[PASS, any("states:UpdateStateMachine"), any("states:StartExecution")],
    ),
    // Something that already runs as a role.
    runs(
        "app-runner-service-changed",
        APPRUNNER,
        "a service of App Runner runs as the role",
        &[any("apprunner:UpdateService")],
    ),
    runs(
        "code-interpreter-used",
        AGENTCORE,
        "a code interpreter runs as the role",
        &[
            any("bedrock-agentcore:StartCodeInterpreterSession"),
            any("bedrock-agentcore:InvokeCodeInterpreter"),
        ],
    ),
    runs(
        "stack-changed",
        CLOUDFORMATION,
        "a stack has the role",
        &[any("cloudformation:UpdateStack")],
    ),
    runs(
        "stack-changed-by-set",
        CLOUDFORMATION,
        "a stack has the role",
        &[any("cloudformation:CreateChangeSet"), any("cloudformation:ExecuteChangeSet")],
    ),
    runs(
        "build-overridden",
        CODEBUILD,
        "a project builds as the role",
        &[any("codebuild:StartBuild")],
    ),
    runs(
        "build-batch-overridden",
        CODEBUILD,
        "a project builds as the role",
        &[any("codebuild:StartBuildBatch")],
    ),
    runs(
        "start-script-of-instance",
        EC2,
        "an instance runs as the role",
        &[any("ec2:ModifyInstanceAttribute"), any("ec2:StopInstances"), any("ec2:StartInstances")],
    ),
    runs(
        "template-of-instances",
        EC2,
        "instances are launched from a template with the role",
        &[any("ec2:CreateLaunchTemplateVersion"), any("ec2:ModifyLaunchTemplate")],
    ),
    runs(
        "key-to-instance",
        EC2,
        "an instance that runs as the role can be reached by SSH",
        &[any("ec2-instance-connect:SendSSHPublicKey"), any("ec2:DescribeInstances")],
    ),
    runs(
        "key-to-console-of-instance",
        EC2,
        "an instance that runs as the role has its console open",
        &[any("ec2-instance-connect:SendSerialConsoleSSHPublicKey")],
    ),
    runs(
        "session-on-instance",
        EC2,
        "an instance that runs as the role is managed",
        &[any("ssm:StartSession")],
    ),
    runs(
        "command-on-instance",
        EC2,
        "an instance that runs as the role is managed",
        &[any("ssm:SendCommand")],
    ),
    runs(
        "association-on-instance",
        EC2,
        "an instance that runs as the role is managed",
        &[any("ssm:CreateAssociation")],
    ),
    runs(
        "command-in-task",
        ECS,
        "a task that lets commands in runs as the role",
        &[any("ecs:ExecuteCommand"), any("ecs:DescribeTasks")],
    ),
    runs(
        "development-endpoint-changed",
        GLUE,
        "a development endpoint runs as the role",
        &[any("glue:UpdateDevEndpoint")],
    ),
    runs(
        "code-of-function",
        LAMBDA,
        "a function that something calls runs as the role",
        &[any("lambda:UpdateFunctionCode")],
    ),
    runs(
        "code-of-function-invoked",
        LAMBDA,
        "a function runs as the role",
        &[any("lambda:UpdateFunctionCode"), any("lambda:InvokeFunction")],
    ),
    runs(
        "code-of-function-opened",
        LAMBDA,
        "a function runs as the role",
        &[any("lambda:UpdateFunctionCode"), any("lambda:AddPermission")],
    ),
    runs(
        "layer-of-function",
        LAMBDA,
        "a function that something calls runs as the role",
        &[any("lambda:UpdateFunctionConfiguration")],
    ),
    runs(
        "notebook-opened",
        SAGEMAKER,
        "a notebook runs as the role",
        &[any("sagemaker:CreatePresignedNotebookInstanceUrl")],
    ),
    runs(
        "start-script-of-notebook",
        SAGEMAKER,
        "a notebook runs as the role",
        &[
            any("sagemaker:CreateNotebookInstanceLifecycleConfig"),
            any("sagemaker:StopNotebookInstance"),
            any("sagemaker:UpdateNotebookInstance"),
            any("sagemaker:StartNotebookInstance"),
        ],
    ),
];
