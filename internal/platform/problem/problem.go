// Package problem is the one error type that crosses package borders and reaches a person. The HTTP layer maps its
// kinds to RFC 9457 answers; any other error becomes a bland internal error, its cause logged once.
package problem

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong in a way that every transport can map.
type Kind string

// The kinds, and the HTTP status that runtime/httpapi gives each.
const (
	Invalid         Kind = "invalid"         // 422: the input was read and is wrong; Faults say where
	Malformed       Kind = "malformed"       // 400: the input could not be read at all
	Unauthenticated Kind = "unauthenticated" // 401
	Forbidden       Kind = "forbidden"       // 403
	NotFound        Kind = "not_found"       // 404
	Conflict        Kind = "conflict"        // 409
	TooLarge        Kind = "too_large"       // 413
	Unsupported     Kind = "unsupported"     // 415: the format was recognised and is not one we read, or is no SBOM
	RateLimited     Kind = "rate_limited"    // 429
	Unavailable     Kind = "unavailable"     // 503: try again
	Internal        Kind = "internal"        // 500
)

// Fault is one thing wrong with one place of the input.
type Fault struct {
	// Path is where: a JSON pointer (RFC 6901) into a document, "line N" in a text format, or a request field
	// such as "query.severity".
	Path string `json:"path"`
	// Code is a stable snake_case word for programs, such as "duplicate_ref".
	Code string `json:"code"`
	// Message says what was seen and what to do, in one sentence.
	Message string `json:"message"`
}

// Error carries what a person may see. Cause is for the log alone and is never sent.
type Error struct {
	Kind    Kind
	Message string
	// Remedy is what the operator can do about it, for the log and the terminal; whoever uses the product never sees it.
	Remedy string
	Faults []Fault
	Cause  error
	// Wait is after how long the same may succeed; 0: that is not known.
	Wait time.Duration
}

// Error implements error: the message, the remedy, the first faults, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Remedy != "" {
		fmt.Fprintf(&b, " (%s)", e.Remedy)
	}
	for i, f := range e.Faults {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more", len(e.Faults)-i)
			break
		}
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Message)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a kind with a cause that is logged and not shown.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Remediable sets the remedy and returns the error.
func (e *Error) Remediable(format string, args ...any) *Error {
	e.Remedy = fmt.Sprintf(format, args...)
	return e
}

// With adds faults and returns the error.
func (e *Error) With(faults ...Fault) *Error {
	e.Faults = append(e.Faults, faults...)
	return e
}

// After sets how long to wait and returns the error.
func (e *Error) After(wait time.Duration) *Error {
	e.Wait = wait
	return e
}

// KindOf finds the kind of the nearest Error in the chain; Internal when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a problem of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
