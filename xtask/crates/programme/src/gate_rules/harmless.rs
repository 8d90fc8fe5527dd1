//! What gates may see of the machine without anybody's reason: names that hold where
//! programs and fetched sources lie, and entries of HOME that hold those.

/// Variables that say where a toolchain lies or how much it prints.
const VARIABLES: &[&str] = &[
    "ANDROID_HOME",
    "ANDROID_SDK_ROOT",
    "CARGO_HOME",
    "CARGO_TERM_COLOR",
    "DOTNET_ROOT",
    "GOCACHE",
    "GOMODCACHE",
    "GOPATH",
    "GOROOT",
    "JAVA_HOME",
    "LANG",
    "LOGNAME",
    "M2_HOME",
    "NO_COLOR",
    "NVM_DIR",
    "PIP_CACHE_DIR",
    "PYENV_ROOT",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUST_BACKTRACE",
    "SDKMAN_DIR",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERM",
    "USER",
    "UV_CACHE_DIR",
    "VOLTA_HOME",
    "npm_config_cache",
];

/// Entries of HOME that hold programs or fetched sources, each with all below it.
const HOME: &[&str] = &[
    ".asdf",
    ".bun",
    ".cabal/packages",
    ".cache/go-build",
    ".cache/pip",
    ".cache/pre-commit",
    ".cache/uv",
    ".deno",
    ".dotnet",
    ".elan",
    ".fnm",
    ".gem/ruby",
    ".ghcup",
    ".goenv",
    ".gradle/caches",
    ".gradle/wrapper",
    ".jdks",
    ".jenv",
    ".juliaup",
    ".local/lib",
    ".local/pipx",
    ".local/share/fnm",
    ".local/share/mise",
    ".local/share/pipx",
    ".local/share/pnpm",
    ".local/share/pypoetry/venv",
    ".local/share/uv/python",
    ".local/share/uv/tools",
    ".m2/repository",
    ".m2/wrapper",
    ".nix-profile",
    ".nodenv",
    ".npm",
    ".nvm",
    ".opam",
    ".pixi",
    ".proto",
    ".pub-cache",
    ".pyenv",
    ".rbenv",
    ".rustup",
    ".sdkman",
    ".swiftly",
    ".volta",
    "go/pkg/mod",
];

/// Whether a gate may see a variable without a reason.
#[must_use]
pub fn is_harmless_variable(name: &str) -> bool {
    VARIABLES.contains(&name)
}

/// Whether a gate may see an entry of HOME without a reason: a folder of programs, or one
/// that is known.
#[must_use]
pub fn is_harmless_entry(entry: &str) -> bool {
    let known = |known: &&str| {
        entry.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    entry == "bin" || entry.ends_with("/bin") || HOME.iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_harmless() {
        for name in ["CARGO_HOME", "JAVA_HOME", "npm_config_cache"] {
            assert!(is_harmless_variable(name), "{name}");
        }
        for name in [
            "GH_PAT",
            "NPM_AUTH",
            "DOCKER_AUTH_CONFIG",
            "DATABASE_URL",
            "KUBECONFIG",
            "SLACK_WEBHOOK",
            "GIT_ASKPASS",
            "LD_PRELOAD",
            "HTTPS_PROXY",
            "GITHUB_ENV",
            "BASH_ENV",
            "NODE_OPTIONS",
            "RUSTC_WRAPPER",
            "cargo_home",
        ] {
            assert!(!is_harmless_variable(name), "{name}");
        }
        for entry in [".rustup", ".rustup/toolchains", ".local/bin", "go/pkg/mod", ".nvm/versions"]
        {
            assert!(is_harmless_entry(entry), "{entry}");
        }
        for entry in [
            ".pgpass",
            ".m2",
            ".my.cnf",
            ".claude",
            ".codex",
            ".s3cfg",
            ".rustupx",
            "go",
            ".local",
            ".config/gcloud",
            ".cache",
            "bin2",
        ] {
            assert!(!is_harmless_entry(entry), "{entry}");
        }
    }
}
