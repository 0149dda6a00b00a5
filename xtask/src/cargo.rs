//! Cargo as a child of `cargo xtask`: its command line, its outcome, and the programs it built.
//!
//! The outer `cargo run` describes the xtask package in the environment. A nested cargo must not see that: build scripts
//! which watch those variables would run anew each time.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The workspace's directory.
pub(crate) fn root() -> Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .context("run it as `cargo xtask`, which says where the workspace is")?;
    let root = Path::new(&package).parent().context("CARGO_MANIFEST_DIR has no parent directory")?;
    Ok(root.to_owned())
}

/// `cargo WORDS` in the workspace's directory.
pub(crate) fn cargo(words: &[&str]) -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words);
    prepare(&mut command)?;
    Ok(command)
}

/// Lets `command` start in the workspace's directory, unaware of the outer cargo.
pub(crate) fn prepare(command: &mut Command) -> Result<()> {
    command.current_dir(root()?);
    for (name, _) in env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name.starts_with("CARGO_BIN_")
        });
        if inherited {
            command.env_remove(name);
        }
    }
    Ok(())
}

/// Runs `command` to its end; a status other than success is an error naming the command.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let words = spelled(command);
    let status = command.status().with_context(|| format!("cannot run `{words}`"))?;
    ensure!(status.success(), "`{words}` failed: {status}");
    Ok(())
}

/// What a cargo command says; its diagnostics are shown if it fails.
pub(crate) fn output(words: &[&str]) -> Result<String> {
    said(&mut cargo(words)?)
}

/// What another program of the toolchain says.
pub(crate) fn output_of(program: &str, words: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(words);
    prepare(&mut command)?;
    said(&mut command)
}

fn said(command: &mut Command) -> Result<String> {
    let words = spelled(command);
    let output = command.output().with_context(|| format!("cannot run `{words}`"))?;
    if !output.status.success() {
        bail!("`{words}` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{words}` wrote something else than text"))
}

/// Whether `command` can be run and succeeds, without a word of its own reaching the user.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as one would type it.
pub(crate) fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words: Vec<OsString> = std::iter::once(program).chain(command.get_args()).map(Into::into).collect();
    words.join(" ".as_ref()).to_string_lossy().into_owned()
}

/// A program cargo built.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Built {
    /// The name of its target.
    pub(crate) name: String,
    /// The program itself.
    pub(crate) path: PathBuf,
    /// The directory of its package, where cargo would start it if it is a test.
    pub(crate) package: PathBuf,
}

/// Runs a cargo command that builds, its diagnostics going to the user, and says which programs came of it.
pub(crate) fn build(command: &mut Command) -> Result<Vec<Built>> {
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let words = spelled(command);
    let output = command.output().with_context(|| format!("cannot run `{words}`"))?;
    if !output.status.success() {
        bail!("`{words}` failed: {}", output.status);
    }
    built(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("cannot read what `{words}` built"))
}

fn built(messages: &str) -> Result<Vec<Built>> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
        manifest_path: Option<PathBuf>,
        target: Option<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Message = serde_json::from_str(line)?;
        let (Some(path), Some(manifest), Some(target)) =
            (message.executable, message.manifest_path, message.target)
        else {
            continue;
        };
        let package = manifest.parent().context("a manifest has no directory")?.to_owned();
        programs.push(Built { name: target.name, path, package });
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_with_an_executable_name_a_program() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","manifest_path":"/w/lib/Cargo.toml","target":{"name":"lib"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/w/app/Cargo.toml","target":{"name":"netns"},"executable":"/t/netns-1"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let expected = Built { name: "netns".into(), path: "/t/netns-1".into(), package: "/w/app".into() };
        assert_eq!(built(messages).unwrap(), [expected]);
    }

    #[test]
    fn a_command_reads_as_typed() {
        let mut command = Command::new("/toolchain/bin/cargo");
        command.args(["test", "--workspace"]);
        assert_eq!(spelled(&command), "cargo test --workspace");
    }
}
