//! The Rust crates async-openai and genai: one whole answer, one stream, a task with a tool.
mod ask_async_openai;
mod ask_genai;

use std::error::Error;

pub type Asked = Result<String, Box<dyn Error>>;

pub const PLAIN: &str = "Say what this is, in two words.";
pub const TASK: &str = "Write the word PEACH into peach.txt, then read the file and tell me what the marker is.";
pub const DESCRIPTION: &str = "Runs a command in a shell";

pub fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

pub fn parameters() -> serde_json::Value {
    serde_json::json!({ "type": "object", "properties": { "command": { "type": "string", "description": "The command" } },
        "required": ["command"], "additionalProperties": false })
}

pub fn show(whole: &str, stream: &str) {
    println!("whole: {whole}\nstream: {stream}");
}

pub fn bash(arguments: &serde_json::Value) -> String {
    let command = arguments["command"].as_str().unwrap_or("false");
    match std::process::Command::new("bash").args(["-c", command]).output() {
        Ok(done) => String::from_utf8_lossy(&done.stdout).into_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let way = std::env::args().nth(1).unwrap_or_default();
    let last = match way.as_str() {
        "async-openai" => ask_async_openai::chat().await?,
        "async-openai-responses" => ask_async_openai::responses().await?,
        other => ask_genai::ask(other).await?,
    };
    println!("{last}");
    Ok(())
}
