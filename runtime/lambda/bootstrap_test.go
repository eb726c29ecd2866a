package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// patience bounds every wait.
const patience = 2 * time.Minute

// platform is the part of Lambda's runtime API that a function talks to: it asks for the next event and posts what came of it.
type platform struct {
	t       *testing.T
	pending chan json.RawMessage
	results chan result
}

type result struct {
	kind string // response or error
	body []byte
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const base = "/2018-06-01/runtime/"
	switch path := r.URL.Path; {
	case path == base+"invocation/next":
		select {
		case e := <-p.pending:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "r1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(patience).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:threatwerk")
			_, _ = w.Write(e)
		case <-r.Context().Done():
		}
	case strings.HasPrefix(path, base+"invocation/r1/"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			p.t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
		p.results <- result{strings.TrimPrefix(path, base+"invocation/r1/"), body}
	default:
		p.t.Errorf("the function asks for %s", path)
	}
}

func (p *platform) invoke(e json.RawMessage) result {
	p.t.Helper()
	p.pending <- e
	select {
	case r := <-p.results:
		return r
	case <-time.After(patience):
		p.t.Fatal("the function does not answer")
	}
	return result{}
}

// start runs the built function on a database of its own.
func start(t *testing.T, database string) *platform {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=1.2.3", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	p := &platform{t: t, pending: make(chan json.RawMessage), results: make(chan result, 1)}
	api := httptest.NewServer(p)
	var log bytes.Buffer
	cmd := exec.Command(binary)
	cmd.Env = append(append(os.Environ(), secrets()...), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(api.URL, "http://"), "DATABASE_URL="+database, "APP_URL="+appURL, "LICENSE_MODE=jwt",
		"INTEL_FEEDS=kev", "INTEL_BASE_URL="+catalogue(t))
	cmd.Stderr, cmd.Stdout = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		api.CloseClientConnections()
		api.Close()
		if t.Failed() {
			t.Logf("the function's log:\n%s", &log)
		}
	})
	return p
}

const appURL = "https://tw1.lambda-url.eu-central-1.on.aws"

// times and ids of requests differ from call to call.
var differs = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z?"|"request_id":"[0-9a-f]+"`)

func TestTheBuiltFunctionAnswersLikeTheContainer(t *testing.T) {
	// Each has a database of its own, so that the same upload is new to both.
	settings, pool, bearer := newDatabase(t)
	p := start(t, settings.DatabaseURL)
	settings, _, containerBearer := newDatabase(t)
	answers, end, err := app.OpenHandler(t.Context(), settings, zap.NewNop(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	container := httptest.NewServer(answers)
	defer container.Close()
	document, err := os.ReadFile(filepath.Join(testkit.Root(), "localdev", "demo", "sboms", "orders-service-2.4.0.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, query, body string
		status                    int
	}{
		{"GET", "/health", "", "", 200},
		{"POST", "/api/v1/sboms", "product=Shop&release=1.0%20beta", string(document), 202},
		{"GET", "/api/v1/products", "", "", 200},
		{"GET", "/api/v1/components", "q=log4j", "", 200},
		{"GET", "/api/v1/sboms/1/document", "", "", 200},
		{"POST", "/api/v1/sboms", "product=Shop&release=2", "{", 422},
		{"GET", "/api/v1/nowhere", "", "", 404},
		{"GET", "/api/v1/products", "colour=red", "", 422},
	} {
		res := p.invoke(signed(t, event(t, "function-url", c.method, c.path, c.query, "application/json", c.body), bearer))
		var mine reply
		if err := json.Unmarshal(res.body, &mine); err != nil || res.kind != "response" {
			t.Fatalf("%s %s: %s %s", c.method, c.path, res.kind, res.body)
		}
		status, header, body := ask(t, container.URL, containerBearer, c.method, c.path, c.query, c.body)
		if mine.StatusCode != status || c.status < 400 && status != c.status {
			t.Errorf("%s %s: the function answers %d, the container %d, want %d", c.method, c.path, mine.StatusCode, status, c.status)
		}
		if got, want := differs.ReplaceAllString(mine.text(t), "~"), differs.ReplaceAllString(body, "~"); got != want {
			t.Errorf("%s %s:\nfunction  %s\ncontainer %s", c.method, c.path, got, want)
		}
		for _, name := range []string{"Content-Type", "Content-Security-Policy", "Cache-Control", "X-Content-Type-Options"} {
			if got, want := mine.header(name), header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, in the container %q", c.method, c.path, name, got, want)
			}
		}
	}
	var jobs int
	if err := pool.QueryRow(t.Context(), `select count(*) from river_job where kind = 'match_sbom'`).Scan(&jobs); err != nil || jobs != 1 {
		t.Errorf("the upload left %d jobs in the queue (%v)", jobs, err)
	}
	b, err := os.ReadFile("testdata/schedule-rule.json")
	if err != nil {
		t.Fatal(err)
	}
	if res := p.invoke(b); res.kind != "response" {
		t.Errorf("a scheduled event: %s %s", res.kind, res.body)
	}
	var exploited int
	if err := pool.QueryRow(t.Context(), `select count(*) from kev`).Scan(&exploited); err != nil || exploited != 1 {
		t.Errorf("the poll brought %d entries, want 1 (%v)", exploited, err)
	}
}

// catalogue serves a KEV catalogue of one entry, below the path that a mirror has it at.
func catalogue(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/kev/known_exploited_vulnerabilities.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"catalogVersion":"2026.11.24","dateReleased":"2026-11-24T18:52:56.0635Z","count":1,"vulnerabilities":[
			{"cveID":"CVE-2021-44228","vulnerabilityName":"Log4j2 Remote Code Execution Vulnerability","dateAdded":"2021-12-10",
			 "dueDate":"2021-12-24","requiredAction":"Apply updates.","knownRansomwareCampaignUse":"Known","notes":"","cwes":[]}]}`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// newDatabase is a database with an admin, and the token of theirs.
func newDatabase(t *testing.T) (config.Config, *pgxpool.Pool, string) {
	t.Helper()
	settings, err := config.Parse(append(secrets(), "DATABASE_URL="+testkit.DatabaseURL(t), "APP_URL="+appURL, "LICENSE_MODE=jwt"))
	if err != nil {
		t.Fatal(err)
	}
	stores, err := app.OpenStores(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stores.Pool.Close)
	return settings, stores.Pool, token(t, stores.Pool, settings)
}

// secrets are the settings that sessions and stored keys need.
func secrets() []string {
	return []string{"JWT_SECRET=" + strings.Repeat("j", 32), "ENCRYPTION_KEY=" + strings.Repeat("e", 32)}
}

// token registers the first admin and gives what a pipeline of theirs signs its requests with.
func token(t *testing.T, pool *pgxpool.Pool, settings config.Config) string {
	t.Helper()
	accounts, err := app.Accounts(pool, settings, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := accounts.Register(t.Context(), account.Registration{Name: "Admin", Mail: "admin@example.org", Password: "unrelated tulips ponder 7 gravel"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := accounts.CreateToken(t.Context(), in.Person.ID, account.NewToken{Name: "Pipeline", Scopes: []string{"read", "upload"}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + made.Secret
}

// signed puts the header into an event of a function URL.
func signed(t *testing.T, e json.RawMessage, bearer string) json.RawMessage {
	t.Helper()
	var fields object
	if err := json.Unmarshal(e, &fields); err != nil {
		t.Fatal(err)
	}
	fields["headers"].(object)["authorization"] = bearer
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ask(t *testing.T, base, bearer, method, path, query, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path+"?"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", bearer)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(content)
}
