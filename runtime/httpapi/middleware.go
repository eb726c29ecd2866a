package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	// requestTime bounds an ordinary request; uploadTime one that carries a document over a slow line.
	requestTime = 30 * time.Second
	uploadTime  = 5 * time.Minute
)

// observed gives each request an id and a line in the log, and turns a panic into a bland 500.
func observed(log *zap.Logger, watch func(method, route string, status int, took time.Duration), next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx, fields := logging.WithEvent(r.Context())
		e := &event{id: newRequestID(), fields: fields}
		w := &recorder{ResponseWriter: rw}
		r = r.WithContext(context.WithValue(ctx, eventKey{}, e))
		w.Header().Set("X-Request-Id", e.id)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				e.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
				if w.status == 0 {
					answer(w, r, newProblem(problem.Internal, "Something went wrong in the server. Its log has the cause under this request's id.", nil))
				}
			}
			e.write(log, r, w, began)
			if watch != nil {
				watch(r.Method, e.route, w.status, time.Since(began))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// newRequestID is never taken from the request: a client's text does not belong in the log's key.
func newRequestID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// answer writes a problem outside the framework.
func answer(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.RequestID = requestID(r.Context())
	w.Header().Set("Content-Type", p.ContentType(""))
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// refuse answers with a problem of a kind and notes it for the event line.
func refuse(w http.ResponseWriter, r *http.Request, err *problem.Error) {
	answer(w, r, describe(r.Context(), err))
}

// Refuse answers with a problem outside of any endpoint, for what stands in front of New's handler.
func Refuse(w http.ResponseWriter, r *http.Request, err *problem.Error) { refuse(w, r, err) }

// bounded ends what takes too long: the work by its context, a slow line by the connection's deadlines.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := requestTime
		if isUpload(r) || strings.HasSuffix(r.URL.Path, "/document") {
			limit = uploadTime
		}
		control := http.NewResponseController(w)
		// Errors: a writer without deadlines (tests) is bounded by the context alone.
		_ = control.SetReadDeadline(time.Now().Add(limit))
		_ = control.SetWriteDeadline(time.Now().Add(limit + requestTime))
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// isUpload says whether the body is a document, which may be large.
func isUpload(r *http.Request) bool {
	path := r.URL.Path
	return r.Method == http.MethodPost && strings.HasPrefix(path, prefix) &&
		(strings.HasSuffix(path, "/sboms") || path == prefix+"/sboms/preview")
}

// policy allows the page what it needs of itself and nothing of others; styles are inlined by the component library.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// ownOrigin keeps other web sites out. Without accounts whoever reaches the port is let in, and any page in a browser on
// this machine can reach it: by a form to the loopback address, or by a name that it lets point there (DNS rebinding).
func ownOrigin(hosts []string, next http.Handler) http.Handler {
	known := map[string]bool{"localhost": true}
	for _, h := range hosts {
		known[strings.ToLower(h)] = true
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, problem.New(problem.Forbidden, "The request comes from another web site."))
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		ip := net.ParseIP(host)
		if !known[host] && (ip == nil || !ip.IsLoopback()) && r.URL.Path != "/health" {
			refuse(w, r, problem.New(problem.Forbidden, "The server is not known under the name %q; set APP_URL to the address that people use.", host))
			return
		}
		guarded.ServeHTTP(w, r)
	})
}
