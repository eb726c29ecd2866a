package mail

import (
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

func TestAMailServerIsTriedWithoutAMail(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, c := range map[string]struct {
		server   func(*server)
		settings func(*config.Mail)
		foreign  bool
		want     string // in the error; empty: it works
	}{
		"works":                 {},
		"no encryption offered": {server: func(s *server) { s.startTLS = false }, want: "SMTP_TLS"},
		"a foreign certificate": {foreign: true, want: "certificate"},
		"a wrong password":      {server: func(s *server) { s.refuse["AUTH"] = "535 5.7.8 no " + password }, want: "SMTP_PASSWORD"},
		"nothing there":         {settings: func(c *config.Mail) { c.SMTPPort = closed.Addr().(*net.TCPAddr).Port }, want: "SMTP_PORT"},
		"an unknown name":       {settings: func(c *config.Mail) { c.SMTPHost = "mail.invalid" }, want: "SMTP_HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.server == nil {
				c.server = func(*server) {}
			}
			s := newServer(t, c.server)
			roots := s.roots
			if c.foreign {
				roots = x509.NewCertPool()
			}
			seen, err := mailer(t, settings(s, c.settings), roots).Check(t.Context())
			if len(s.taken()) != 0 {
				t.Error("a mail was sent")
			}
			if c.want == "" {
				if err != nil || !strings.Contains(seen, "answers") {
					t.Errorf("%q %v", seen, err)
				}
				return
			}
			var p *problem.Error
			if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), password) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSESIsAskedForTheSender(t *testing.T) {
	t.Parallel()
	verified, none := awsfake.Answer{Body: map[string]any{"VerifiedForSendingStatus": true}}, awsfake.Answer{Status: 404, Error: "NotFoundException", Message: "no"}
	pending := awsfake.Answer{Body: map[string]any{"VerifiedForSendingStatus": false}}
	for name, c := range map[string]struct {
		domain, address awsfake.Answer
		seen, fault     string
		cannot          bool
	}{
		"the domain":   {domain: verified, seen: "has verified example.org"},
		"the address":  {domain: none, address: verified, seen: "has verified a@example.org"},
		"neither":      {domain: none, address: none, fault: "verify the domain"},
		"still asked":  {domain: pending, address: none, fault: "verify the domain"},
		"not allowed":  {domain: awsfake.Answer{Status: 403, Error: "AccessDeniedException", Message: "no"}, cannot: true},
		"out of order": {domain: awsfake.Answer{Status: 500, Error: "InternalFailure", Message: "oops"}, fault: "SES_REGION"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := awsfake.New(t, "ses", func(r awsfake.Request) awsfake.Answer {
				if r.Target == "GET /v2/email/identities/example.org" {
					return c.domain
				}
				return c.address
			})
			m, err := SES(fake.Config(), "ThreatWerk <a@example.org>", at(noon))
			if err != nil {
				t.Fatal(err)
			}
			seen, err := m.Check(t.Context())
			if errors.Is(err, ErrCannotLook) != c.cannot || c.seen != "" && (err != nil || !strings.Contains(seen, c.seen)) ||
				c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("%q %v", seen, err)
			}
		})
	}
}
