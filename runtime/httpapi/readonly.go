package httpapi

import (
	"net/http"
	"strings"

	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// reading answers changes with 403 once the licence is over, in its words. Whoever reads, signs in or out, or previews a document
// is let through.
func reading(state func() license.State, next http.Handler) http.Handler {
	if state == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if changes(r) {
			if s := state(); !s.Writable() {
				refuseUnread(w, r, problem.New(problem.Forbidden, "%s", s.Warning).
					With(problem.Fault{Path: "license", Code: "over", Message: "an administrator can extend the licence"}))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// changes reports whether a request to the API changes what people work with.
func changes(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	rest, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok || rest == "/sboms/preview" || triesSecret(r) {
		return false
	}
	return r.Method != http.MethodDelete || !strings.HasPrefix(rest, "/session")
}
