package httpapi

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
)

// The page comes from nginx where a load balancer splits the paths, and from this server elsewhere. A browser must be told the
// same by both.
func TestNginxSendsTheSameSecurityHeaders(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../frontend/nginx/headers.conf")
	if err != nil {
		t.Fatal(err)
	}
	nginx := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^add_header (\S+) "([^"]*)" always;$`).FindAllStringSubmatch(string(written), -1) {
		nginx[m[1]] = m[2]
	}
	w := httptest.NewRecorder()
	secured("", http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	ours := w.Result().Header
	for name, value := range nginx {
		if got := ours.Get(name); got != value {
			t.Errorf("%s: nginx sends %q, the server %q", name, value, got)
		}
	}
	for name := range ours {
		if _, ok := nginx[name]; !ok && name != "Content-Type" && name != "X-Content-Type-Options" {
			t.Errorf("nginx does not send %s", name)
		}
	}
	if nginx["X-Content-Type-Options"] == "" || len(nginx) < 6 {
		t.Errorf("nginx sends only %v", nginx)
	}
}
