package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
			if watch != nil && w.status != http.StatusSwitchingProtocols { // how long a page was open is no duration of a request
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
	if w.Header().Get("Retry-After") == "" {
		p.pace(w.Header().Set, w.Header().Add)
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
		if isLive(r) {
			next.ServeHTTP(w, r) // lasts as long as the page is open, and bounds what it does itself
			return
		}
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
