package httpapi

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
)

func TestAServerThatIsToldToEndSendsClientsElsewhere(t *testing.T) {
	t.Parallel()
	var told atomic.Bool
	h := New(Services{Version: "v"}, Options{Log: zap.NewNop(), Leaving: told.Load})
	for _, c := range []struct {
		told   bool
		path   string
		status int
	}{
		{false, "/health", http.StatusOK}, {false, "/api/v1/products", http.StatusUnauthorized},
		{true, "/health", http.StatusServiceUnavailable}, {true, "/api/v1/products", http.StatusUnauthorized},
		{false, "/api/v1/live", http.StatusUnauthorized}, {true, "/api/v1/live", http.StatusServiceUnavailable},
	} {
		told.Store(c.told)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+c.path, nil)
		if c.path == "/api/v1/live" {
			r.Header.Set("Upgrade", "websocket")
		}
		h.ServeHTTP(w, r)
		if w.Code != c.status || (w.Header().Get("Connection") == "close") != c.told {
			t.Errorf("%+v: %d, Connection %q", c, w.Code, w.Header().Get("Connection"))
		}
	}
}
