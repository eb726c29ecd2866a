package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Problem is every answer that is no success, as RFC 9457 has it.
type Problem struct {
	Type      string       `json:"type" example:"urn:threatwerk:problem:not_found" doc:"Ends in a stable word for programs."`
	Title     string       `json:"title" example:"Not found" doc:"The same for every problem of this type."`
	Status    int          `json:"status" example:"404"`
	Detail    string       `json:"detail" doc:"What happened, in words for people."`
	RequestID string       `json:"request_id" doc:"Finds the request in the server's log."`
	Faults    []wire.Fault `json:"faults" doc:"What is wrong with which place of the input."`

	wait time.Duration // when to come back; 0: not known
}

// pace tells the caller of a 429 or 503 when to come back.
func (p *Problem) pace(set, add func(name, value string)) {
	switch wait := max(1, seconds(p.wait)); {
	case p.wait > 0:
		set("Retry-After", strconv.Itoa(wait))
		if p.Status == http.StatusTooManyRequests {
			add("RateLimit", `"attempts";r=0;t=`+strconv.Itoa(wait))
		}
	case p.Status == http.StatusServiceUnavailable:
		set("Retry-After", retryAfter)
	}
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// kinds is the one place that maps kinds of problem to statuses.
var kinds = map[problem.Kind]struct {
	status int
	title  string
}{
	problem.Invalid:         {http.StatusUnprocessableEntity, "The input is wrong"},
	problem.Malformed:       {http.StatusBadRequest, "The input cannot be read"},
	problem.Unauthenticated: {http.StatusUnauthorized, "Sign in first"},
	problem.Forbidden:       {http.StatusForbidden, "Not allowed"},
	problem.NotFound:        {http.StatusNotFound, "Not found"},
	problem.Conflict:        {http.StatusConflict, "In conflict with what exists"},
	problem.TooLarge:        {http.StatusRequestEntityTooLarge, "Too large"},
	problem.Unsupported:     {http.StatusUnsupportedMediaType, "Not a format that is read here"},
	problem.RateLimited:     {http.StatusTooManyRequests, "Too many requests"},
	problem.Unavailable:     {http.StatusServiceUnavailable, "Not available now"},
	problem.Internal:        {http.StatusInternalServerError, "Internal error"},
}

// retryAfter is what a 503 suggests to wait, in seconds.
const retryAfter = "5"

// The framework makes its errors through these two variables, for every API of the process; they are set before any is
// made, so that its own errors (validation, an unreadable body) have the same shape as ours.
func init() {
	huma.DefaultArrayNullable = false // lists are never null on the wire
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return frameworkProblem(status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		var p *Problem
		if status == http.StatusInternalServerError && len(errs) > 0 {
			p = describe(ctx.Context(), errors.Join(errs...))
		} else {
			p = frameworkProblem(status, message, errs)
		}
		p.RequestID = requestID(ctx.Context())
		p.pace(ctx.SetHeader, ctx.AppendHeader)
		return p
	}
}

// describe turns any error into what a person may see; what they may not see goes into the request's event line.
func describe(ctx context.Context, err error) *Problem {
	err = pg.Problem(err)
	noteError(ctx, err)
	var known *problem.Error
	switch {
	case errors.As(err, &known):
		p := newProblem(known.Kind, known.Message, wire.Faults(known.Faults))
		p.wait = known.Wait
		return p
	case errors.Is(err, context.DeadlineExceeded):
		return newProblem(problem.Unavailable, "The request took too long and was stopped; nothing of it was kept.", nil)
	case errors.Is(err, context.Canceled):
		return newProblem(problem.Unavailable, "The request was cancelled.", nil)
	}
	return newProblem(problem.Internal, "Something went wrong in the server. Its log has the cause under this request's id.", nil)
}

func newProblem(kind problem.Kind, detail string, faults []wire.Fault) *Problem {
	k, ok := kinds[kind]
	if !ok {
		kind, k = problem.Internal, kinds[problem.Internal]
	}
	if faults == nil {
		faults = []wire.Fault{}
	}
	return &Problem{
		Type: "urn:threatwerk:problem:" + string(kind), Title: k.title, Status: k.status, Detail: detail, Faults: faults,
	}
}

// frameworkProblem shapes what the framework itself refuses.
func frameworkProblem(status int, message string, errs []error) *Problem {
	kind := problem.Internal
	for k, answer := range kinds {
		if answer.status == status {
			kind = k
		}
	}
	switch {
	case kind == problem.Internal && status >= 400 && status < 500:
		kind = problem.Malformed
	case message == "validation failed":
		message = "The request is not valid."
	}
	faults := make([]wire.Fault, 0, len(errs))
	for _, err := range errs {
		var detailer huma.ErrorDetailer
		if errors.As(err, &detailer) {
			d := detailer.ErrorDetail()
			faults = append(faults, wire.Fault{Path: d.Location, Code: validationCode(d.Message), Message: d.Message})
		} else if err != nil {
			faults = append(faults, wire.Fault{Path: "body", Code: "unreadable", Message: err.Error()})
		}
	}
	p := newProblem(kind, message, faults)
	p.Status = max(status, 0)
	return p
}

// validationCode gives the framework's sentences stable words.
func validationCode(message string) string {
	for _, known := range [][2]string{
		{"expected required property", "required"}, {"required query parameter", "required"}, {"required", "required"},
		{"expected length", "length"}, {"expected value to be one of", "enum"}, {"unknown query parameter", "unknown"},
		{"unexpected property", "unknown"}, {"expected number", "number"}, {"expected integer", "number"}, {"invalid integer", "number"},
		{"invalid boolean", "boolean"}, {"expected boolean", "boolean"}, {"expected string", "string"},
	} {
		if strings.HasPrefix(message, known[0]) {
			return known[1]
		}
	}
	return "invalid"
}
