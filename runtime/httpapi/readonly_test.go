package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/license"
)

func TestReadingNeverStops(t *testing.T) {
	t.Parallel()
	state := license.State{Standing: license.Over, Warning: "The licence ended."}
	h := New(Services{License: func() license.State { return state }}, Options{Log: zap.NewNop()})
	for _, c := range []struct {
		method, path string
		refused      bool
	}{
		{"GET", "/api/v1/license", false},
		{"GET", "/api/v1/nothing", false},
		{"HEAD", "/api/v1/nothing", false},
		{"GET", "/health", false},
		{"POST", "/api/v1/session", false},
		{"DELETE", "/api/v1/session", false},
		{"POST", "/api/v1/nothing", true},
		{"PATCH", "/api/v1/releases/1", true},
		{"DELETE", "/api/v1/releases/1", true},
		{"POST", "/api/v1/sboms", true},
	} {
		w := ask(h, c.method, c.path, "192.0.2.1:1")
		if (w.Code == http.StatusForbidden) != c.refused || c.refused && !strings.Contains(w.Body.String(), "The licence ended.") {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	state.Standing = license.Grace
	if w := ask(h, "POST", "/api/v1/nothing", "192.0.2.1:1"); w.Code != http.StatusNotFound {
		t.Errorf("in grace: %d", w.Code)
	}
}
