// The Go SDKs of OpenAI (chat completions), Anthropic and Google: one whole answer, one stream, a task with a tool.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/anthropics/anthropic-sdk-go"
	claude "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"google.golang.org/genai"
)

const (
	plain       = "Say what this is, in two words."
	task        = "Write the word PEACH into peach.txt, then read the file and tell me what the marker is."
	description = "Runs a command in a shell"
)

var (
	ctx              = context.Background()
	base, key, model = os.Getenv("BASE"), os.Getenv("KEY"), os.Getenv("MODEL")
	properties       = map[string]any{"command": map[string]any{"type": "string", "description": "The command"}}
)

func main() {
	ways := map[string]func() (string, error){"openai": askOpenai, "anthropic": askAnthropic, "google": askGoogle}
	last, err := ways[os.Args[1]]()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println(last)
}

func show(whole, stream string) { fmt.Printf("whole: %s\nstream: %s\n", whole, stream) }

func bash(arguments string) string {
	var input struct{ Command string }
	if err := json.Unmarshal([]byte(arguments), &input); err != nil {
		return err.Error()
	}
	out, _ := exec.Command("bash", "-c", input.Command).CombinedOutput()
	return string(out)
}

func streamOpenai(client openai.Client, params openai.ChatCompletionNewParams) (openai.ChatCompletionMessage, error) {
	stream := client.Chat.Completions.NewStreaming(ctx, params)
	acc := openai.ChatCompletionAccumulator{}
	for stream.Next() {
		acc.AddChunk(stream.Current())
	}
	if stream.Err() != nil || len(acc.Choices) == 0 {
		return openai.ChatCompletionMessage{}, stream.Err()
	}
	return acc.Choices[0].Message, nil
}

func askOpenai() (string, error) {
	client := openai.NewClient(option.WithAPIKey(key), option.WithBaseURL(base+"/v1"))
	params := openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(plain)}}
	whole, err := client.Chat.Completions.New(ctx, params)
	if err != nil {
		return "", err
	}
	streamed, err := streamOpenai(client, params)
	if err != nil {
		return "", err
	}
	show(whole.Choices[0].Message.Content, streamed.Content)
	params.Messages[0] = openai.UserMessage(task)
	params.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
		Name: "run_command", Description: openai.String(description),
		Parameters: openai.FunctionParameters{"type": "object", "properties": properties, "required": []string{"command"}}})}
	for {
		message, err := streamOpenai(client, params)
		if err != nil || len(message.ToolCalls) == 0 {
			return message.Content, err
		}
		params.Messages = append(params.Messages, message.ToParam())
		for _, call := range message.ToolCalls {
			params.Messages = append(params.Messages, openai.ToolMessage(bash(call.Function.Arguments), call.ID))
		}
	}
}

func streamAnthropic(client anthropic.Client, params anthropic.MessageNewParams) (anthropic.Message, error) {
	stream := client.Messages.NewStreaming(ctx, params)
	message := anthropic.Message{}
	for stream.Next() {
		if err := message.Accumulate(stream.Current()); err != nil {
			return message, err
		}
	}
	return message, stream.Err()
}

func askAnthropic() (string, error) {
	client := anthropic.NewClient(claude.WithAPIKey(key), claude.WithBaseURL(base))
	params := anthropic.MessageNewParams{Model: anthropic.Model(model), MaxTokens: 1000, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(plain))}}
	whole, err := client.Messages.New(ctx, params)
	if err != nil {
		return "", err
	}
	streamed, err := streamAnthropic(client, params)
	if err != nil {
		return "", err
	}
	show(whole.Content[0].Text, streamed.Content[0].Text)
	params.Messages[0] = anthropic.NewUserMessage(anthropic.NewTextBlock(task))
	params.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{Name: "run_command", Description: anthropic.String(description),
		InputSchema: anthropic.ToolInputSchemaParam{Properties: properties, Required: []string{"command"}}}}}
	for {
		message, err := streamAnthropic(client, params)
		if err != nil {
			return "", err
		}
		results, text := []anthropic.ContentBlockParamUnion{}, ""
		for _, block := range message.Content {
			text += block.Text
			if block.Type == "tool_use" {
				results = append(results, anthropic.NewToolResultBlock(block.ID, bash(string(block.Input)), false))
			}
		}
		if len(results) == 0 {
			return text, nil
		}
		params.Messages = append(params.Messages, message.ToParam(), anthropic.NewUserMessage(results...))
	}
}

func askGoogle() (string, error) {
	client, err := genai.NewClient(ctx, &genai.ClientConfig{APIKey: key, Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: base}})
	if err != nil {
		return "", err
	}
	whole, err := client.Models.GenerateContent(ctx, model, genai.Text(plain), nil)
	if err != nil {
		return "", err
	}
	streamed := ""
	for chunk, err := range client.Models.GenerateContentStream(ctx, model, genai.Text(plain), nil) {
		if err != nil {
			return "", err
		}
		streamed += chunk.Text()
	}
	show(whole.Text(), streamed)
	chat, err := client.Chats.Create(ctx, model, &genai.GenerateContentConfig{Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "run_command", Description: description,
		ParametersJsonSchema: map[string]any{"type": "object", "properties": properties, "required": []string{"command"}}}}}}}, nil)
	if err != nil {
		return "", err
	}
	return chatGoogle(chat)
}

func chatGoogle(chat *genai.Chat) (string, error) {
	parts := []genai.Part{{Text: task}}
	for {
		text, calls := "", []*genai.FunctionCall{}
		for chunk, err := range chat.SendMessageStream(ctx, parts...) {
			if err != nil {
				return "", err
			}
			for _, part := range chunk.Candidates[0].Content.Parts {
				text += part.Text
				if part.FunctionCall != nil {
					calls = append(calls, part.FunctionCall)
				}
			}
		}
		if len(calls) == 0 {
			return text, nil
		}
		parts = nil
		for _, call := range calls {
			arguments, _ := json.Marshal(call.Args)
			parts = append(parts, genai.Part{FunctionResponse: &genai.FunctionResponse{ID: call.ID, Name: call.Name, Response: map[string]any{"output": bash(string(arguments))}}})
		}
	}
}
