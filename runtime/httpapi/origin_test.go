package httpapi

import (
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestOnlyTheAppsOriginIsAnswered(t *testing.T) {
	t.Parallel()
	h := New(Services{}, Options{Log: zap.NewNop(), AppURL: "https://Threatwerk.example.org:443/", Hosts: []string{"threatwerk.example.org"}})
	for _, c := range []struct {
		origin, method string
		status         int
		allowed        bool
	}{
		{"https://threatwerk.example.org", "GET", 404, true},
		{"https://threatwerk.example.org", "POST", 404, true},
		{"https://threatwerk.example.org", "OPTIONS", 204, true},
		{"https://evil.example", "GET", 404, false},
		{"https://evil.example", "POST", 403, false},
		{"https://threatwerk.example.org.evil.example", "POST", 403, false},
		{"http://threatwerk.example.org", "POST", 403, false},
		{"null", "POST", 403, false},
		{"https://evil.example", "OPTIONS", 404, false},
	} {
		header := []string{"Origin", c.origin}
		if c.method == "OPTIONS" {
			header = append(header, "Access-Control-Request-Method", "POST")
		}
		w := ask(h, c.method, "/api/v1/nothing", "192.0.2.1:1", header...)
		allowed := w.Header().Get("Access-Control-Allow-Origin")
		if w.Code != c.status || (allowed == "https://threatwerk.example.org") != c.allowed || !c.allowed && allowed != "" || !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Origin") {
			t.Errorf("%s %s: %d %v", c.method, c.origin, w.Code, w.Header())
		}
	}
	none := New(Services{}, Options{Log: zap.NewNop()})
	if w := ask(none, "GET", "/api/v1/nothing", "192.0.2.1:1", "Origin", ""); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without APP_URL: %v", w.Header())
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ appURL, hsts string }{
		{"https://threatwerk.example.org", "max-age=31536000; includeSubDomains"},
		{"http://localhost:8080", ""},
		{"", ""},
	} {
		h := New(Services{}, Options{Log: zap.NewNop(), AppURL: c.appURL, Hosts: []string{"threatwerk.example.org"}})
		for _, path := range []string{"/health", "/api/v1/nothing", "/"} {
			got := ask(h, "GET", path, "192.0.2.1:1").Header()
			csp := got.Get("Content-Security-Policy")
			if got.Get("Strict-Transport-Security") != c.hsts || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "script-src 'self';") ||
				!strings.Contains(got.Get("Permissions-Policy"), "camera=()") || got.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s of %q: %v", path, c.appURL, got)
			}
		}
	}
}

func TestOriginOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://a.example": "https://a.example", "https://A.example:443/x?y": "https://a.example", "http://a.example:80": "http://a.example",
		"https://a.example:8443": "https://a.example:8443", "http://[::1]:8080": "http://[::1]:8080", "": "", "a.example": "", "javascript://x": "",
	} {
		if got := originOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
