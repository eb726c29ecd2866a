// Package awsfake stands in for AWS services in tests: it answers what the test says and refuses requests that the service would
// refuse, by computing the Signature Version 4 of each anew.
package awsfake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The credentials that requests must be signed with, and the Region.
const (
	AccessKey = "AKIDFAKE"
	secretKey = "fake-secret-key"
	Token     = "fake-session-token"
	Region    = "eu-central-1"
)

// Request is what came in.
type Request struct {
	Target string // of X-Amz-Target: "secretsmanager.GetSecretValue"; method and path where a service has none
	Body   map[string]any
}

// Answer is what goes out. An Error makes it the service's error with that code.
type Answer struct {
	Status  int // 0: 200, or 400 with an Error
	Body    any
	Error   string
	Message string
}

// Server is a fake service.
type Server struct {
	t       testing.TB
	service string
	url     string

	mu       sync.Mutex
	answer   func(Request) Answer
	requests []Request
}

// New starts a fake of the service with this signing name. It fails the test for requests that are not signed for it.
func New(t testing.TB, service string, answer func(Request) Answer) *Server {
	t.Helper()
	s := &Server{t: t, service: service, answer: answer}
	// The address is set before anybody can ask: whole programs call from outside, where no lock orders the two.
	server := httptest.NewUnstartedServer(s)
	s.url = "http://" + server.Listener.Addr().String()
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// Config is a configuration whose clients call the fake, signed as a task's role would sign, once and without pauses.
func (s *Server) Config() aws.Config { return Config(s.url) }

// Config is the same for any address.
func Config(address string) aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: aws.String(address), Credentials: aws.CredentialsProviderFunc(credentials),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		HTTPClient: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// Environment is the same as variables, for whole programs: name is the service's in AWS_ENDPOINT_URL_name.
func (s *Server) Environment(name string) []string {
	return []string{
		"AWS_ENDPOINT_URL_" + name + "=" + s.url, "AWS_ACCESS_KEY_ID=" + AccessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
		"AWS_SESSION_TOKEN=" + Token, "AWS_REGION=" + Region, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// Requests are those that came in so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count is how many of them were for a target.
func (s *Server) Count(target string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Target == target {
			n++
		}
	}
	return n
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("%s: %v", s.service, err)
	}
	if fault := s.signed(r, body); fault != "" {
		s.t.Errorf("%s: %s %s: %s", s.service, r.Method, r.URL, fault)
		s.write(w, Answer{Status: http.StatusForbidden, Error: "InvalidSignatureException", Message: fault})
		return
	}
	in := Request{Target: r.Header.Get("X-Amz-Target")}
	if in.Target == "" {
		in.Target = r.Method + " " + r.URL.Path
	}
	if err := json.Unmarshal(body, &in.Body); err != nil && len(body) > 0 {
		s.t.Errorf("%s: %s: %v in %q", s.service, in.Target, err, body)
	}
	s.mu.Lock()
	s.requests = append(s.requests, in)
	s.mu.Unlock()
	s.write(w, s.answer(in))
}

func (s *Server) write(w http.ResponseWriter, a Answer) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", "11111111-2222-3333-4444-555555555555")
	if a.Error != "" {
		w.Header().Set("X-Amzn-Errortype", a.Error)
		if a.Status == 0 {
			a.Status = http.StatusBadRequest
		}
		a.Body = map[string]string{"__type": a.Error, "Message": a.Message, "message": a.Message}
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	w.WriteHeader(a.Status)
	_ = json.NewEncoder(w).Encode(a.Body) // the client may be gone
}

// signed says what is wrong with the signature; "" when nothing is.
func (s *Server) signed(r *http.Request, body []byte) string {
	given := r.Header.Get("Authorization")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return "no X-Amz-Date"
	}
	scope := fmt.Sprintf("Credential=%s/%s/%s/%s/aws4_request", AccessKey, at.Format("20060102"), Region, s.service)
	if !strings.HasPrefix(given, "AWS4-HMAC-SHA256 ") || !strings.Contains(given, scope) {
		return fmt.Sprintf("Authorization %.120q is not for %s", given, scope)
	}
	if r.Header.Get("X-Amz-Security-Token") != Token {
		return "the session token is missing"
	}
	_, list, _ := strings.Cut(given, "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	again, err := http.NewRequestWithContext(r.Context(), r.Method, s.url+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	for _, name := range strings.Split(list, ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	again.Header.Del("Authorization")
	hash := sha256.Sum256(body)
	signer, keys := v4.NewSigner(), aws.Credentials{AccessKeyID: AccessKey, SecretAccessKey: secretKey, SessionToken: Token}
	if err := signer.SignHTTP(r.Context(), keys, again, hex.EncodeToString(hash[:]), s.service, Region, at); err != nil {
		return err.Error()
	}
	if again.Header.Get("Authorization") != given {
		return fmt.Sprintf("signature differs: %s, want %s", given, again.Header.Get("Authorization"))
	}
	return ""
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: AccessKey, SecretAccessKey: secretKey, SessionToken: Token}, nil
}
