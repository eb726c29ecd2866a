package httpapi

import (
	"net/http"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// leaving sends clients elsewhere once the server was told to end: /health refuses, so that load balancers learn of it, no live
// connection begins, and every answer is the last on its connection. Other requests are served as before. Connections are not closed under a client that may just be
// sending on one: that would be a failed request.
func leaving(is func() bool, next http.Handler) http.Handler {
	if is == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if is() {
			w.Header().Set("Connection", "close")
			if r.URL.Path == "/health" || isLive(r) {
				refuse(w, r, problem.New(problem.Unavailable, "The server is ending."))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
