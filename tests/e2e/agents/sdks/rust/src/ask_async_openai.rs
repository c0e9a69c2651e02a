//! async-openai at chat completions and at Responses.  Requests are written as JSON; what comes back is read by its types.
use crate::{Asked, DESCRIPTION, PLAIN, TASK, bash, env, parameters, show};
use async_openai::types::chat::{CreateChatCompletionRequest, CreateChatCompletionResponse, CreateChatCompletionStreamResponse};
use async_openai::types::responses::{CreateResponse, Response, ResponseStreamEvent};
use async_openai::{Client, config::OpenAIConfig};
use futures::StreamExt;
use serde_json::{Value, from_value, json, to_value};

fn client() -> Client<OpenAIConfig> {
    Client::with_config(OpenAIConfig::new().with_api_key(env("KEY")).with_api_base(format!("{}/v1", env("BASE"))))
}

// Text and calls (id, name, arguments) of a stream.
async fn chat_stream(messages: &[Value], tools: &Value) -> Result<(String, Vec<[String; 3]>), Box<dyn std::error::Error>> {
    let mut body = json!({ "model": env("MODEL"), "messages": messages, "stream": true });
    if !tools.is_null() {
        body["tools"] = tools.clone();
    }
    let request: CreateChatCompletionRequest = from_value(body)?;
    let mut stream = client().chat().create_stream(request).await?;
    let (mut text, mut calls) = (String::new(), Vec::<[String; 3]>::new());
    while let Some(chunk) = stream.next().await {
        let chunk: CreateChatCompletionStreamResponse = chunk?;
        for choice in chunk.choices {
            text += &choice.delta.content.unwrap_or_default();
            for piece in choice.delta.tool_calls.unwrap_or_default() {
                if piece.index as usize == calls.len() {
                    calls.push([piece.id.unwrap_or_default(), String::new(), String::new()]);
                }
                if let (Some(call), Some(function)) = (calls.last_mut(), piece.function) {
                    call[1] += &function.name.unwrap_or_default();
                    call[2] += &function.arguments.unwrap_or_default();
                }
            }
        }
    }
    Ok((text, calls))
}

pub async fn chat() -> Asked {
    let plain = vec![json!({ "role": "user", "content": PLAIN })];
    let request: CreateChatCompletionRequest = from_value(json!({ "model": env("MODEL"), "messages": plain }))?;
    let whole: CreateChatCompletionResponse = client().chat().create(request).await?;
    let (streamed, _) = chat_stream(&plain, &Value::Null).await?;
    show(whole.choices[0].message.content.as_deref().unwrap_or(""), &streamed);
    let tools = json!([{ "type": "function", "function": { "name": "run_command", "description": DESCRIPTION, "parameters": parameters() } }]);
    let mut messages = vec![json!({ "role": "user", "content": TASK })];
    loop {
        let (text, calls) = chat_stream(&messages, &tools).await?;
        if calls.is_empty() {
            return Ok(text);
        }
        let made: Vec<Value> = calls.iter().map(|[id, name, arguments]| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })).collect();
        messages.push(json!({ "role": "assistant", "content": text, "tool_calls": made }));
        for [id, _, arguments] in calls {
            messages.push(json!({ "role": "tool", "tool_call_id": id, "content": bash(&serde_json::from_str(&arguments)?) }));
        }
    }
}

async fn response_stream(body: Value) -> Result<Response, Box<dyn std::error::Error>> {
    let request: CreateResponse = from_value(body)?;
    let mut stream = client().responses().create_stream(request).await?;
    let mut last = None;
    while let Some(event) = stream.next().await {
        if let ResponseStreamEvent::ResponseCompleted(done) = event? {
            last = Some(done.response);
        }
    }
    Ok(last.ok_or("error: the stream ended without response.completed")?)
}

pub async fn responses() -> Asked {
    let request: CreateResponse = from_value(json!({ "model": env("MODEL"), "input": PLAIN }))?;
    let whole: Response = client().responses().create(request).await?;
    let streamed = response_stream(json!({ "model": env("MODEL"), "input": PLAIN, "stream": true })).await?;
    show(&whole.output_text().unwrap_or_default(), &streamed.output_text().unwrap_or_default());
    let tools = json!([{ "type": "function", "name": "run_command", "description": DESCRIPTION, "parameters": parameters(), "strict": true }]);
    let mut input = vec![json!({ "type": "message", "role": "user", "content": TASK })];
    loop {
        let reply = response_stream(json!({ "model": env("MODEL"), "input": input, "tools": tools, "stream": true })).await?;
        let mut results = Vec::new();
        for item in &reply.output {
            let item = to_value(item)?;
            if item["type"] == "function_call" {
                let arguments = serde_json::from_str(item["arguments"].as_str().unwrap_or("{}"))?;
                results.push(json!({ "type": "function_call_output", "call_id": item["call_id"], "output": bash(&arguments) }));
            }
            input.push(item);
        }
        if results.is_empty() {
            return Ok(reply.output_text().unwrap_or_default());
        }
        input.extend(results);
    }
}
