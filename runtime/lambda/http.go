package main

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// What a function may answer with, as its JSON (Lambda quotas: 6 MB; load balancers take 1 MB). The body may grow by a third as
// base64, or by escapes; room is left for the headers.
const (
	gatewayAnswer  = 6<<20 - 64<<10
	balancerAnswer = 1<<20 - 64<<10
)

// limited holds an answer back until it is whole and says so when it is too large to be sent: AWS would turn it into a 502 that
// explains nothing.
func limited(most int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldAnswer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(held, r)
		if size := encodedSize(held.body.Bytes()); size > most {
			httpapi.Refuse(w, r, problem.New(problem.TooLarge, "The answer of %d bytes is larger than a function can give.", held.body.Len()).
				With(problem.Fault{Path: "response", Code: "max_bytes", Message: fmt.Sprintf("at most about %d bytes pass here: ask the container, or for less", most)}))
			return
		}
		maps.Copy(w.Header(), held.header)
		w.WriteHeader(held.status)
		_, _ = w.Write(held.body.Bytes())
	})
}

// encodedSize is an estimate from above of a body's size inside the event.
func encodedSize(body []byte) int {
	if !isText(body) {
		return (len(body) + 2) / 3 * 4
	}
	escapes := 0
	for _, b := range body {
		switch {
		case b == '"' || b == '\\' || b == '\n' || b == '\r' || b == '\t':
			escapes++
		case b < 0x20 || b == '<' || b == '>' || b == '&':
			escapes += 5
		}
	}
	return len(body) + escapes
}

func isText(body []byte) bool { return bytes.Equal(bytes.ToValidUTF8(body, nil), body) }

type heldAnswer struct {
	header  http.Header
	body    bytes.Buffer
	status  int
	written bool
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.header }

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(status int) {
	if !h.written {
		h.status, h.written = status, true
	}
}

// addressed gives the request a client's address in the form that servers have: the adapters give it without a port, and for
// load balancers not at all. The last entry of X-Forwarded-For is the load balancer's own word.
func addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RemoteAddr == "" {
			hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
			r.RemoteAddr = strings.TrimSpace(hops[len(hops)-1])
		}
		if net.ParseIP(r.RemoteAddr) != nil {
			r.RemoteAddr = net.JoinHostPort(r.RemoteAddr, "0")
		}
		next.ServeHTTP(w, r)
	})
}

// prepare puts right what the adapter makes of a load balancer's event: it looks for the host in the single-valued headers
// only, and encodes once more the parameters that a load balancer hands on as they were sent.
func prepare(e *events.ALBTargetGroupRequest) {
	if e.MultiValueHeaders != nil {
		e.Headers = map[string]string{}
		for name, values := range e.MultiValueHeaders {
			if strings.EqualFold(name, "host") && len(values) > 0 {
				e.Headers["host"] = values[0]
			}
		}
	}
	single := make(map[string]string, len(e.QueryStringParameters))
	for name, v := range e.QueryStringParameters {
		single[plainText(name)] = plainText(v)
	}
	multi := make(map[string][]string, len(e.MultiValueQueryStringParameters))
	for name, values := range e.MultiValueQueryStringParameters {
		for _, v := range values {
			multi[plainText(name)] = append(multi[plainText(name)], plainText(v))
		}
	}
	e.QueryStringParameters, e.MultiValueQueryStringParameters = single, multi
}

// plainText undoes the encoding of a query; what is not encoded stays.
func plainText(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// finish gives a load balancer its answer in the form in which it asked: without multi-value headers switched on it would drop
// the others.
func finish(e events.ALBTargetGroupRequest, res events.ALBTargetGroupResponse) events.ALBTargetGroupResponse {
	res.StatusDescription = fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if e.MultiValueHeaders == nil {
		res.Headers = map[string]string{}
		for name, values := range res.MultiValueHeaders {
			res.Headers[name] = strings.Join(values, ", ")
		}
		res.MultiValueHeaders = nil
	}
	return res
}
