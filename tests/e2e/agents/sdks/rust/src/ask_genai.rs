//! genai, by its adapters for OpenAI, Anthropic and Gemini.
use crate::{Asked, DESCRIPTION, PLAIN, TASK, bash, env, parameters, show};
use futures::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent, MessageContent, Tool, ToolResponse};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};

fn client(way: &str) -> Result<Client, Box<dyn std::error::Error>> {
    let (kind, path) = match way {
        "genai-anthropic" => (AdapterKind::Anthropic, "/v1/"),
        "genai-google" => (AdapterKind::Gemini, "/v1beta/"),
        _ => (AdapterKind::OpenAI, "/v1/"),
    };
    let resolver = ServiceTargetResolver::from_resolver_fn(move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
        Ok(ServiceTarget {
            endpoint: Endpoint::from_owned(format!("{}{path}", env("BASE"))),
            auth: AuthData::from_single(env("KEY")),
            model: ModelIden::new(kind, target.model.model_name),
        })
    });
    Ok(Client::builder().with_service_target_resolver(resolver).build()?)
}

async fn stream(client: &Client, request: ChatRequest) -> Result<MessageContent, Box<dyn std::error::Error>> {
    let options = ChatOptions::default().with_capture_content(true).with_capture_tool_calls(true).with_max_tokens(1000);
    let mut reply = client.exec_chat_stream(env("MODEL").as_str(), request, Some(&options)).await?;
    let mut content = None;
    while let Some(event) = reply.stream.next().await {
        if let ChatStreamEvent::End(end) = event? {
            content = end.captured_content;
        }
    }
    Ok(content.ok_or("error: the stream had no content")?)
}

pub async fn ask(way: &str) -> Asked {
    let client = client(way)?;
    let plain = ChatRequest::new(vec![ChatMessage::user(PLAIN)]);
    let whole = client.exec_chat(env("MODEL").as_str(), plain.clone(), None).await?;
    let streamed = stream(&client, plain).await?;
    show(whole.first_text().unwrap_or(""), streamed.first_text().unwrap_or(""));
    let tool = Tool::new("run_command").with_description(DESCRIPTION).with_schema(parameters());
    let mut request = ChatRequest::new(vec![ChatMessage::user(TASK)]).with_tools(vec![tool]);
    loop {
        let content = stream(&client, request.clone()).await?;
        let results: Vec<ToolResponse> = content.tool_calls().into_iter().map(|call| ToolResponse::new(call.call_id.clone(), bash(&call.fn_arguments))).collect();
        if results.is_empty() {
            return Ok(content.first_text().unwrap_or("").to_string());
        }
        request = request.append_message(ChatMessage::assistant(content));
        for result in results {
            request = request.append_message(result);
        }
    }
}
