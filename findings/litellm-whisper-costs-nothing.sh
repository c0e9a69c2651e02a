#!/bin/bash
# What LiteLLM records as the cost of a transcription by whisper-1 whose answer tells its length.
#
# Guess: OpenAI's JSON answer says {"usage": {"type": "duration", "seconds": 9}}, and LiteLLM's own price map has
#        $0.0001 a second, so $0.0009; the same way as for gpt-transcribe, at $0.000075 a second.
# Seen:  gpt-transcribe is charged by those seconds.  whisper-1 is not: its seconds are measured in the uploaded file, by
#        the library soundfile, which reads WAV.  Of an M4A file, which phones record, it can make nothing, and the cost
#        is 0.0 without a word: budgets of keys and teams that only transcribe never fill.
# Date:  2026-11-30.  Source: litellm 1.110.2 (`_audio_transcription_duration`, `transcription_usage_duration` in the
#        map), and this run.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q litellm==1.110.2 soundfile==0.14.0 imageio-ffmpeg==0.8.1
for kind in wav m4a; do
	"$("$work/v/bin/python" -c 'import imageio_ffmpeg as f; print(f.get_ffmpeg_exe())')" -v error -f lavfi -i sine=f=300:r=48000 -t 9 "$work/a.$kind"
done
cat >"$work/ask.py" <<'PY'
import http.server, json, sys, threading
import litellm
class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"text": "hello", "usage": {"type": "duration", "seconds": 9}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
for kind in ("wav", "m4a"):
    for model in ("whisper-1", "gpt-transcribe"):
        with open(f"{sys.argv[1]}/a.{kind}", "rb") as file:
            answer = litellm.transcription(model=model, file=file, api_key="k", api_base=f"http://127.0.0.1:{server.server_port}/v1")
        print(f"{model}, {kind}: {answer.usage.seconds:g} s told, cost {answer._hidden_params['response_cost']:.6f}")
PY
echo 'litellm 1.110.2, soundfile 0.14.0' | tee "$work/seen"
LITELLM_LOCAL_MODEL_COST_MAP=True HOME=$work "$work/v/bin/python" "$work/ask.py" "$work" 2>/dev/null | tee -a "$work/seen"
diff - "$work/seen" <<'SEEN'
litellm 1.110.2, soundfile 0.14.0
whisper-1, wav: 9 s told, cost 0.000900
gpt-transcribe, wav: 9 s told, cost 0.000675
whisper-1, m4a: 9 s told, cost 0.000000
gpt-transcribe, m4a: 9 s told, cost 0.000675
SEEN
echo 'as described'
