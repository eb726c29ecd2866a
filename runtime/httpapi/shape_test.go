package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

func TestEveryRefusalHasOneShape(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	for _, tc := range []struct {
		method, path, body string
		header             []string
		status             int
		kind, fault        string // kind, and path and code of the first fault
	}{
		{"GET", "/api/v1/nothing", "", nil, 404, "not_found", ""},
		{"GET", "/nothing", "", nil, 404, "not_found", ""},
		{"PUT", "/api/v1/products", "", nil, 405, "method_not_allowed", ""},
		{"GET", "/api/v1/findings?sevrity=high", "", nil, 422, "invalid", "query.sevrity unknown"},
		{"GET", "/api/v1/findings?severity=huge", "", nil, 422, "invalid", "query.severity[0] enum"},
		{"GET", "/api/v1/findings?sort=colour", "", nil, 422, "invalid", "query.sort enum"},
		{"GET", "/api/v1/findings?limit=9999", "", nil, 422, "invalid", "query.limit number"},
		{"GET", "/api/v1/products/abc", "", nil, 422, "invalid", "path.product_id number"},
		{"GET", "/api/v1/components", "", nil, 422, "invalid", "query.name required"},
		{"POST", "/api/v1/products", `{}`, nil, 422, "invalid", "body required"},
		{"POST", "/api/v1/products", `{"name":""}`, nil, 422, "invalid", "body.name length"},
		{"POST", "/api/v1/products", `{"name":"  "}`, nil, 422, "invalid", "body.name length"},
		{"POST", "/api/v1/products", `{"name":"x","colour":1}`, nil, 422, "invalid", "body.colour unknown"},
		{"POST", "/api/v1/products", `{"name":`, nil, 400, "malformed", "body"},
		{"POST", "/api/v1/products", `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "too_large", "body max_bytes"},
		{"GET", "/api/v1/vulnerabilities/CVE-1999-0001", "", nil, 404, "not_found", ""},
		{"POST", "/api/v1/products", `{"name":"x"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, "forbidden", ""},
		{"POST", "/api/v1/products", `{"name":"x"}`, []string{"Origin", "https://evil.example"}, 403, "forbidden", ""},
		{"GET", "/api/v1/products", "", []string{"Host", "evil.example"}, 403, "forbidden", ""},
	} {
		t.Run(tc.method+" "+tc.path+" "+tc.body[:min(20, len(tc.body))]+strings.Join(tc.header, " "), func(t *testing.T) {
			f := &fixture{t: t, url: f.url, cookie: f.cookie}
			a := f.call(tc.method, tc.path, body(tc.body), append([]string{"Content-Type", "application/json"}, tc.header...)...)
			p := f.refused(a, tc.status, tc.kind)
			first := ""
			if len(p.Faults) > 0 {
				first = p.Faults[0].Path + " " + p.Faults[0].Code
			}
			if !strings.HasPrefix(first, tc.fault) {
				t.Errorf("first fault %q, want %q", first, tc.fault)
			}
		})
	}
}

func TestEveryOperationIsDocumented(t *testing.T) {
	t.Parallel()
	raw, err := httpapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Tags        []string
			RequestBody *struct{ Content map[string]any }
			Responses   map[string]struct{ Content map[string]any }
		}
		Tags []struct{ Name string }
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	if document.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", document.OpenAPI)
	}
	known := map[string]bool{}
	for _, tag := range document.Tags {
		known[tag.Name] = true
	}
	operations := 0
	for path, methods := range document.Paths {
		for method, o := range methods {
			operations++
			at := strings.ToUpper(method) + " " + path
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 || !known[o.Tags[0]] {
				t.Errorf("%s: operation %q, summary %q, tags %v", at, o.OperationID, o.Summary, o.Tags)
			}
			failures := 0
			for status, response := range o.Responses {
				if status >= "400" {
					failures++
					if response.Content["application/problem+json"] == nil {
						t.Errorf("%s: %s is no problem", at, status)
					}
				}
			}
			if failures == 0 || o.Responses["503"].Content == nil {
				t.Errorf("%s: says too little of what can go wrong", at)
			}
			if strings.Contains(path, "{") && o.Responses["404"].Content == nil {
				t.Errorf("%s: does not say that there may be none", at)
			}
			// These say all by their address, as pausing does.
			bare := []string{"make-reset-link", "begin-codes", "renew-recovery-codes", "send-test-mail", "load-sample"}
			says := method == "post" && !strings.HasSuffix(path, "/pause") && !strings.HasSuffix(path, "/resume") &&
				!slices.Contains(bare, o.OperationID) && !strings.HasPrefix(o.OperationID, "begin-passkey")
			if (says || method == "patch" || method == "put") != (o.RequestBody != nil) {
				t.Errorf("%s: request body documented: %t", at, o.RequestBody != nil)
			}
			if strings.Contains(o.OperationID, "-sbom") && method == "post" && o.RequestBody.Content["multipart/form-data"] == nil {
				t.Errorf("%s: no form documented", at)
			}
		}
	}
	if operations < 29 {
		t.Errorf("only %d operations: are all resources registered?", operations)
	}
}

func TestThePageAnswersForItsPlacesAndOnlyForThem(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"index.html":         {Data: []byte("<html>page")},
		"favicon.svg":        {Data: []byte("<svg/>")},
		"assets/app-1234.js": {Data: []byte("code")},
	}
	server := httptest.NewServer(httpapi.New(httpapi.Services{Version: "v"}, httpapi.Options{Log: zap.NewNop(), Page: files}))
	defer server.Close()
	f := &fixture{t: t, url: server.URL}
	for _, tc := range []struct{ path, body, cache string }{
		{"/", "<html>page", "no-cache"},
		{"/index.html", "<html>page", "no-cache"},
		{"/releases/12?sort=score", "<html>page", "no-cache"},
		{"/assets/app-1234.js", "code", "public, max-age=31536000, immutable"},
		{"/favicon.svg", "<svg/>", "no-cache"},
		{"/../../etc/passwd", "<html>page", "no-cache"},
	} {
		a := f.call("GET", tc.path, nil)
		if a.status != http.StatusOK || string(a.body) != tc.body || a.header.Get("Cache-Control") != tc.cache ||
			a.header.Get("Content-Security-Policy") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %q, headers %v", tc.path, a.status, a.body, a.header)
		}
	}
	f.refused(f.call("GET", "/assets/app-gone.js", nil), http.StatusNotFound, "not_found")
	f.refused(f.call("GET", "/api/v2/products", nil), http.StatusNotFound, "not_found")
	f.refused(f.call("POST", "/releases", nil), http.StatusNotFound, "not_found")
	for _, path := range []string{"/api/openapi.json", "/api/openapi.yaml"} {
		if a := f.call("GET", path, nil); a.status != http.StatusOK || !strings.Contains(string(a.body), "list-findings") {
			t.Errorf("%s answered %d", path, a.status)
		}
	}
	if got := fmt.Sprint(string(f.want(http.StatusOK, "GET", "/health", "", nil).body)); strings.TrimSpace(got) != `{"status":"ok","version":"v"}` {
		t.Errorf("/health says %s", got)
	}
}
