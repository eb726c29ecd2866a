package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Failure is the cause within the problem.Error of a request that failed: what a caller decides by.
type Failure struct {
	// Status of the last answer; 0 where there was none, or it was broken.
	Status int
	// Temporary says that nothing is wrong with the request itself: it, or a smaller one, may succeed.
	Temporary bool
	// Limited says that the service was asked too often.
	Limited bool
	// TooLarge says that the answer was larger than is taken; asking for less may help.
	TooLarge bool
	// Unreached says that the service was not reached at all.
	Unreached bool
	// Tries is how often this request was sent.
	Tries int
	// Last is when it failed last.
	Last time.Time
	// RetryAt is when the service may be asked again, as far as it said; zero: unknown.
	RetryAt time.Time

	saw   string // "answered 503 Service Unavailable"
	words string
	kind  problem.Kind
	cause error
}

// Error implements error: what the sentence that it is the cause of does not say.
func (f *Failure) Error() string {
	switch {
	case f.cause != nil:
		return f.cause.Error()
	case f.words != "":
		return f.saw
	}
	return fmt.Sprintf("failed try %d", f.Tries)
}

// Unwrap gives what broke an answer.
func (f *Failure) Unwrap() error { return f.cause }

// FailureOf finds the failed request in an error's chain; nil where there is none.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// finalError is an error of a caller's check that no repetition would mend.
type finalError struct{ error }

// Final marks an error of Request.Read as one that repeating the request would not mend; it ends the request as it is.
func Final(err error) error { return finalError{err} }

func (e finalError) Unwrap() error { return e.error }

// problem is the failure in words.
func (f *Failure) problem(name string) error {
	switch {
	case f.words != "":
		return problem.Wrap(f.kind, f, "%s", f.words)
	case !f.Temporary:
		return problem.Wrap(f.kind, f, "%s %s.", name, f.saw)
	}
	often := "once"
	if f.Tries > 1 {
		often = fmt.Sprintf("%d times in a row", f.Tries)
	}
	message := fmt.Sprintf("%s %s (%s, last at %s).", name, f.saw, often, clock(f.Last))
	if f.RetryAt.After(f.Last) {
		message += fmt.Sprintf(" It asks to be left alone until %s.", clock(f.RetryAt))
	}
	return problem.Wrap(f.kind, f, "%s", message)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// refused tells of an answer by its status.
func refused(r Refusal, v Verdict) *Failure {
	f := &Failure{Status: r.Status, Temporary: v.Again, Limited: v.Limited, kind: v.Kind, words: v.Words,
		saw: fmt.Sprintf("answered %d %s", r.Status, http.StatusText(r.Status))}
	f.saw = strings.TrimSpace(f.saw)
	if f.kind == "" {
		f.kind = problem.Unavailable
	}
	return f
}

// broken tells of an exchange that failed under way. Everything of the kind may pass.
func broken(err error) *Failure {
	f := &Failure{Temporary: true, kind: problem.Unavailable, cause: err}
	var dns *net.DNSError
	var op *net.OpError
	var bad *unexpected
	var too *TooLargeError
	switch {
	case errors.As(err, &bad):
		f.saw, f.cause = bad.Error(), nil
	case errors.As(err, &too):
		f.saw, f.Temporary, f.cause = "sent more than can be taken: "+too.Error(), false, nil
		f.TooLarge = true
	case errors.Is(err, errSilent):
		f.saw, f.cause = "did not answer in time", nil
	case errors.Is(err, errIdle):
		f.saw, f.cause = "stopped sending in the middle of its answer", nil
	case errors.Is(err, errLong):
		f.saw, f.cause = "sends its answer too slowly", nil
	case errors.Is(err, errRedirect):
		f.saw, f.Temporary, f.cause = "leads elsewhere in a way that is not followed (too often, or away from HTTPS)", false, nil
	case errors.As(err, &dns):
		f.saw, f.Unreached = "could not be found by its name (DNS)", true
	case errors.As(err, &op) && op.Op == "dial":
		f.saw, f.Unreached = "could not be reached", true
	default:
		f.saw = "broke off its answer"
	}
	return f
}

// hide takes a request's address and its header's values out of an error of the HTTP client, which quotes the first, and
// of servers that quote the second.
func hide(err error, secrets []string) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return &hidden{text: hideIn(err.Error(), secrets), err: err}
}

func hideIn(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}

// hidden says something else than the error it stands for. The original can be asked for but not reached by printing.
type hidden struct {
	text string
	err  error
}

func (h *hidden) Error() string        { return h.text }
func (h *hidden) Is(target error) bool { return errors.Is(h.err, target) }
func (h *hidden) As(target any) bool   { return errors.As(h.err, target) }

// secretsOf lists what must not be quoted: the header's values and those of the query.
func secretsOf(r *http.Request) []string {
	var out []string
	for name, values := range r.Header {
		if n := http.CanonicalHeaderKey(name); n == "Accept" || n == "User-Agent" {
			continue
		}
		for _, v := range values {
			out = append(out, v)
			if _, token, found := strings.Cut(v, " "); found {
				out = append(out, token)
			}
		}
	}
	if r.URL.RawQuery != "" {
		out = append(out, r.URL.RawQuery)
	}
	kept := out[:0]
	for _, s := range out {
		if len(s) >= 6 {
			kept = append(kept, s)
		}
	}
	return kept
}

func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the request was given up: %w", err)
	}
	return nil
}
