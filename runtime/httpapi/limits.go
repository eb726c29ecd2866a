package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
)

// Limits bound what callers may ask for. The zero value bounds nothing but uploads.
type Limits struct {
	// Requests bounds each caller, SignIn what tries passwords, codes and links; nil: no bound.
	Requests, SignIn *ratelimit.Limiter
	// Caller names who asks ("token 7", "person 3"), or "" for nobody that is known, who then counts by address; nil: whom the gate
	// let in a short while ago. It must have verified what it says, or callers make up as many names as they like, and it
	// should ask no database.
	Caller func(*http.Request) string
	// Proxies is how many proxies before the server are trusted to say whom they were asked by.
	Proxies int
	// Uploads is how many documents are taken in at once; 0: defaultUploads.
	Uploads int
	// UploadWait is how long one more waits for its turn; 0: defaultUploadWait.
	UploadWait time.Duration
}

const (
	defaultUploads    = 4
	defaultUploadWait = 20 * time.Second
)

type addressKey struct{}

// clientAddress is where the request came from, behind the trusted proxies.
func clientAddress(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(addressKey{}).(netip.Addr)
	return a
}

// addressed finds the client's address, for limits, the log and the audit.
func addressed(proxies int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := ratelimit.Address(r, proxies)
		if a.IsValid() {
			logging.Add(r.Context(), zap.Stringer("client", a))
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey{}, a)))
	})
}

// signInPaths are where secrets are tried, below prefix and with any method but GET.
var signInPaths = []string{"/session", "/registrations", "/password-resets", "/invitations/look", "/verifications", "/me/password"}

func triesSecret(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete {
		return false
	}
	for _, path := range signInPaths {
		if rest == path || strings.HasPrefix(rest, path+"/") {
			return true
		}
	}
	return false
}

// limited bounds how often each caller may call the API. The page's files and /health lie outside: they cost little. A WebSocket is
// one request however long it lasts.
func limited(l Limits, next http.Handler) http.Handler {
	signIn, requests := newPolicy("sign-in", l.SignIn), newPolicy("requests", l.Requests)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		address := ratelimit.AddressKey(clientAddress(r.Context()))
		// By address even for who is known: a stolen session must not try passwords faster than a stranger.
		if signIn != nil && triesSecret(r) && !signIn.allows(w, r, address) {
			return
		}
		caller := ""
		if l.Caller != nil {
			caller = l.Caller(r)
		}
		if caller == "" {
			caller = address
		}
		if requests != nil && !requests.allows(w, r, caller) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitPolicy is a limiter with the words by which callers know it.
type limitPolicy struct {
	limiter      *ratelimit.Limiter
	name         string
	terms, state string // what the headers begin with
}

func newPolicy(name string, l *ratelimit.Limiter) *limitPolicy {
	if l == nil {
		return nil
	}
	return &limitPolicy{
		limiter: l, name: name, terms: fmt.Sprintf("%q;q=%d;w=%d", name, l.Burst(), seconds(l.Window())), state: strconv.Quote(name) + ";r=",
	}
}

// allows counts the request, tells the caller how it stands, and answers 429 when it is one too many. The headers are those of
// draft-ietf-httpapi-ratelimit-headers-10: q requests in w seconds; r of them left, all of them again in t seconds.
func (p *limitPolicy) allows(w http.ResponseWriter, r *http.Request, caller string) bool {
	d := p.limiter.Allow(caller)
	h := w.Header()
	h.Add("RateLimit-Policy", p.terms)
	h.Add("RateLimit", p.state+strconv.Itoa(d.Remaining)+";t="+strconv.Itoa(seconds(d.Reset)))
	if d.Allowed {
		return true
	}
	wait := seconds(d.RetryAfter)
	h.Set("Retry-After", strconv.Itoa(wait))
	logging.Add(r.Context(), zap.String("limit", p.name))
	refuseUnread(w, r, problem.New(problem.RateLimited, "Too many requests: the next one is answered in %d s.", wait))
	return false
}

// unreadBytes bounds what is still read of a document that was refused before it was looked at.
const unreadBytes = 32 << 20

// refuseUnread refuses a request whose body nobody has read: see drain.
func refuseUnread(w http.ResponseWriter, r *http.Request, err *problem.Error) {
	refuse(w, r, err)
	if isUpload(r) && r.Body != nil {
		drain(w, r.Body, unreadBytes)
	}
}

// seconds rounds up: who comes back then is let in.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// uploadsAtOnce takes in a few documents at a time. One more waits a moment for its turn, its body unread, and is then asked to come
// back: memory and the database stand only so many.
func uploadsAtOnce(l Limits, next http.Handler) http.Handler {
	places, patience := l.Uploads, l.UploadWait
	if places <= 0 {
		places = defaultUploads
	}
	if patience <= 0 {
		patience = defaultUploadWait
	}
	room := make(chan struct{}, places)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isUpload(r) {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case room <- struct{}{}:
		default:
			timer := time.NewTimer(patience)
			defer timer.Stop()
			select {
			case room <- struct{}{}:
			case <-r.Context().Done():
				refuse(w, r, problem.Wrap(problem.Unavailable, r.Context().Err(), "The upload was cancelled before its turn came."))
				return
			case <-timer.C:
				refuseUnread(w, r, problem.New(problem.Unavailable, "%d documents are being taken in at this moment: send it again shortly.", places))
				return
			}
		}
		defer func() { <-room }()
		next.ServeHTTP(w, r)
	})
}
