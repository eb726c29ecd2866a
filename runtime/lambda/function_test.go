package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"
)

type object = map[string]any

// httpKinds are the kinds of events that carry a request.
var httpKinds = []string{"v1", "v2", "function-url", "alb", "alb-multi"}

// event is a recorded event of a kind with another request in it, encoded as AWS does for that kind.
func event(t *testing.T, kind, method, path, query, contentType, body string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("testdata/" + kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var e object
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if kind == "v2" || kind == "function-url" {
		e["rawPath"], e["rawQueryString"] = path, query
		h := e["requestContext"].(object)["http"].(object)
		h["method"], h["path"] = method, path
	} else {
		e["path"], e["httpMethod"] = path, method
		single, multi := object{}, object{}
		for pair := range strings.SplitSeq(query, "&") {
			name, v, ok := strings.Cut(pair, "=")
			if !ok {
				continue
			}
			if kind == "v1" { // decoded there, as sent by load balancers
				name, v = plainText(name), plainText(v)
			}
			single[name] = v
			list, _ := multi[name].([]string)
			multi[name] = append(list, v)
		}
		if kind != "alb-multi" {
			e["queryStringParameters"] = single
		}
		if kind != "alb" {
			e["multiValueQueryStringParameters"] = multi
		}
	}
	if body != "" {
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(body)), true
		if h, ok := e["headers"].(object); ok {
			h["content-type"] = contentType
		}
		if h, ok := e["multiValueHeaders"].(object); ok {
			h["content-type"] = []string{contentType}
		}
	}
	out, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reply is the part of an answer that all kinds have.
type reply struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

func (r reply) header(name string) string {
	if v := r.MultiValueHeaders[name]; len(v) > 0 {
		return v[0]
	}
	return r.Headers[name]
}

func (r reply) text(t *testing.T) string {
	t.Helper()
	if !r.IsBase64Encoded {
		return r.Body
	}
	b, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func invoke(t *testing.T, f *function, e json.RawMessage) reply {
	t.Helper()
	got, err := f.handle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// serving is a function in front of a handler.
func serving(h http.HandlerFunc) *function {
	return &function{log: zap.NewNop(), open: func(context.Context) (http.Handler, error) { return h, nil },
		poll: func(context.Context) error { return errors.New("nobody asked for a poll") }}
}

func TestTheHandlerSeesTheSameRequestWhateverTheEvent(t *testing.T) {
	t.Parallel()
	var seen string
	f := serving(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		q := r.URL.Query()
		values := url.Values{}
		for _, k := range slices.Sorted(maps.Keys(q)) {
			values[k] = q[k]
		}
		seen = fmt.Sprintf("%s %s %s %s %s %s %q", r.Method, r.URL.EscapedPath(), values.Encode(), r.Header.Get("Content-Type"), r.RemoteAddr, r.Header.Get("X-Forwarded-Proto"), body)
		if r.Host == "" || r.Host != r.Header.Get("Host") {
			t.Errorf("host %q, header %q", r.Host, r.Header.Get("Host"))
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("Set-Cookie", "a=1")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "taken")
	})
	for _, kind := range httpKinds {
		r := invoke(t, f, event(t, kind, "POST", "/api/v1/x%2Fy/", "q=a+b%20c&q=d%26e&purl=pkg%3Anpm%2F%2540a%2Fb", "application/json; charset=utf-8", "{\"a\": \"\x00é\"}"))
		want := `POST /api/v1/x%2Fy/ purl=pkg%3Anpm%2F%2540a%2Fb&q=a+b+c&q=d%26e application/json; charset=utf-8 203.0.113.9:0 https "{\"a\": \"\x00é\"}"`
		if kind == "alb" { // one value for each name
			want = strings.Replace(want, "q=a+b+c&", "", 1)
		}
		if seen != want {
			t.Errorf("%s:\n got %s\nwant %s", kind, seen, want)
		}
		if r.StatusCode != 202 || r.text(t) != "taken" || r.header("Content-Type") != "text/plain" {
			t.Errorf("%s: answered %+v", kind, r)
		}
		if strings.HasPrefix(kind, "alb") && (r.StatusDescription != "202 Accepted" || (r.Headers == nil) == (r.MultiValueHeaders == nil)) {
			t.Errorf("%s: a load balancer takes one form of headers: %+v", kind, r)
		}
	}
}

func TestAnAnswerThatCannotBeSentSaysSo(t *testing.T) {
	t.Parallel()
	for kind, most := range map[string]int{"v1": gatewayAnswer, "v2": gatewayAnswer, "function-url": gatewayAnswer, "alb": balancerAnswer, "alb-multi": balancerAnswer} {
		for _, c := range []struct {
			name, body string
			status     int
		}{
			{"text that fits", strings.Repeat("a", most), 200},
			{"text too large", strings.Repeat("a", most+1), 413},
			{"bytes that fit", strings.Repeat("\xff", most/4*3-4), 200},
			{"bytes too large in base64", strings.Repeat("\xff", most*3/4+8), 413},
			{"text that grows by its escapes", strings.Repeat(`"`, most/2+1), 413},
		} {
			f := serving(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.body) })
			r := invoke(t, f, event(t, kind, "GET", "/api/v1/x", "", "", ""))
			if r.StatusCode != c.status {
				t.Errorf("%s, %s: %d", kind, c.name, r.StatusCode)
			}
			if c.status == 413 && !strings.Contains(r.text(t), "urn:threatwerk:problem:too_large") {
				t.Errorf("%s, %s: %s", kind, c.name, r.text(t))
			}
		}
	}
}

func TestScheduledEventsPoll(t *testing.T) {
	t.Parallel()
	polls, failure := 0, error(nil)
	f := &function{log: zap.NewNop(), poll: func(context.Context) error { polls++; return failure },
		open: func(context.Context) (http.Handler, error) { return nil, errors.New("a schedule needs no handler") }}
	for i, kind := range []string{"schedule-rule", "schedule-scheduler"} {
		b, err := os.ReadFile("testdata/" + kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.handle(t.Context(), b); err != nil || got != (polled{"ok"}) || polls != i+1 {
			t.Errorf("%s: %v %v after %d polls", kind, got, err, polls)
		}
	}
	if _, err := f.handle(t.Context(), json.RawMessage(`{"task":"poll"}`)); err != nil || polls != 3 {
		t.Errorf("a target with an input of its own: %v", err)
	}
	failure = errors.New("https://feed.example?key=hunter2 refused")
	if _, err := f.handle(t.Context(), json.RawMessage(`{"task":"poll"}`)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a failed poll: %v", err)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	f := serving(func(http.ResponseWriter, *http.Request) { t.Error("it was served") })
	for _, e := range []string{`{}`, `[]`, `"x"`, `{"source":"aws.events","detail-type":"EC2 Instance"}`, `{"Records":[{"eventSource":"aws:sqs"}]}`, `{"requestContext":"x"}`, `{"requestContext":{"http":7}}`} {
		if got, err := f.handle(t.Context(), json.RawMessage(e)); err == nil {
			t.Errorf("%s is answered with %v", e, got)
		}
	}
}

func TestADatabaseThatComesBackIsUsed(t *testing.T) {
	t.Parallel()
	tries := 0
	f := serving(nil)
	f.open = func(context.Context) (http.Handler, error) {
		if tries++; tries == 1 {
			return nil, errors.New("database not reachable: postgres://u:hunter2@h/x")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }), nil
	}
	r := invoke(t, f, event(t, "v2", "GET", "/api/v1/x", "", "", ""))
	if r.StatusCode != 503 || r.header("Retry-After") == "" || strings.Contains(r.text(t), "hunter2") {
		t.Errorf("no database: %+v", r)
	}
	for range 2 {
		if r := invoke(t, f, event(t, "v2", "GET", "/api/v1/x", "", "", "")); r.text(t) != "here" || tries != 2 {
			t.Errorf("later: %+v after %d tries", r, tries)
		}
	}
}
