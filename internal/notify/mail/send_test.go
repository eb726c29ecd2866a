package mail

import (
	"crypto/x509"
	"mime"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit/awsfake"
)

const password = "hunter2-hunter2"

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func settings(s *server, set func(*config.Mail)) config.Mail {
	c := config.Mail{
		NotifyFrom: "ThreatWerk <threatwerk@example.org>", SMTPHost: "127.0.0.1", SMTPPort: s.port(), SMTPTLS: config.TLSRequired,
		SMTPUsername: "user", SMTPPassword: password,
	}
	if set != nil {
		set(&c)
	}
	return c
}

func mailer(t *testing.T, c config.Mail, roots *x509.CertPool) *Mailer {
	t.Helper()
	m, err := SMTP(c, roots, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMailArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server   func(*server)
		settings func(*config.Mail)
		tls      bool
		user     string
	}{
		"STARTTLS":   {func(*server) {}, nil, true, "user"},
		"TLS":        {func(s *server) { s.implicit = true }, func(c *config.Mail) { c.SMTPTLS = config.TLSFromStart }, true, "user"},
		"no TLS":     {func(*server) {}, func(c *config.Mail) { c.SMTPTLS = config.TLSNone; c.SMTPUsername = "" }, false, ""},
		"no sign-in": {func(s *server) { s.auth = false }, func(c *config.Mail) { c.SMTPUsername = "" }, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, c.server)
			if err := mailer(t, settings(s, c.settings), s.roots).SendTest(t.Context(), "person@example.net", "https://tw.example.org"); err != nil {
				t.Fatal(err)
			}
			mails := s.taken()
			if len(mails) != 1 || mails[0].tls != c.tls || mails[0].user != c.user || c.user != "" && mails[0].password != password {
				t.Fatalf("%+v", mails)
			}
			if !strings.Contains(mails[0].from, "<threatwerk@example.org>") || !strings.Contains(mails[0].to, "<person@example.net>") {
				t.Errorf("from %s to %s", mails[0].from, mails[0].to)
			}
			h := mails[0].parsed(t).Header
			id := h.Get("Message-ID")
			if h.Get("From") != `"ThreatWerk" <threatwerk@example.org>` || h.Get("To") != "<person@example.net>" || h.Get("Subject") != "Test mail from ThreatWerk" ||
				!strings.HasSuffix(id, "@example.org>") || h.Get(idHeader) == "" || !strings.Contains(id, h.Get(idHeader)) || h.Get("Auto-Submitted") != autoSubmitted ||
				!strings.Contains(h.Get("Date"), "25 Nov 2026 12:00:00") || !strings.HasPrefix(h.Get("Content-Type"), "multipart/alternative") {
				t.Errorf("headers %v", h)
			}
			if !strings.Contains(mails[0].data, "Server: https://tw.example.org") || !strings.Contains(mails[0].data, "text/html") {
				t.Errorf("%s", mails[0].data)
			}
		})
	}
}

func TestAFailedMailSaysWhatToDo(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, c := range map[string]struct {
		server    func(*server)
		settings  func(*config.Mail)
		foreign   bool
		want      string
		permanent bool
	}{
		"no encryption offered": {server: func(s *server) { s.startTLS = false }, want: "SMTP_TLS"},
		"a foreign certificate": {foreign: true, want: "certificate"},
		"a wrong password":      {server: func(s *server) { s.refuse["AUTH"] = "535 5.7.8 no " + password }, want: "SMTP_PASSWORD"},
		"no such person":        {server: func(s *server) { s.refuse["RCPT"] = "550 5.1.1 no such person" }, want: "no such person", permanent: true},
		"greylisted":            {server: func(s *server) { s.refuse["RCPT"] = "451 4.7.1 come back" }, want: "come back"},
		"refused as spam":       {server: func(s *server) { s.refuse["DATA"] = "554 5.7.1 spam" }, want: "spam", permanent: true},
		"the sender not taken":  {server: func(s *server) { s.refuse["MAIL"] = "553 not yours" }, want: "not yours", permanent: true},
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
			m := mailer(t, settings(s, c.settings), roots)
			err := m.SendTest(t.Context(), "person@example.net", "https://tw.example.org")
			if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), password) || len(s.taken()) != 0 {
				t.Errorf("%v, %d mails", err, len(s.taken()))
			}
			u, ok := m.way.send(t.Context(), envelope{id: "1", from: m.from, to: "person@example.net", date: noon}).(*undelivered)
			if !ok || u.permanent != c.permanent {
				t.Errorf("permanent %t: %v", u.permanent, u)
			}
		})
	}
}

func TestNothingBecomesAHeader(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(*server) {})
	m := mailer(t, settings(s, nil), s.roots)
	for _, to := range []string{
		"person@example.net\r\nBcc: evil@example.net", "person@example.net\nRCPT TO:<evil@example.net>", "a@example.net,b@example.net", "A <a@example.net>",
		"a@example.net b@example.net", "", "a", "<a@example.net>", strings.Repeat("a", 300) + "@example.net", "a@example.net\x00",
	} {
		if err := m.SendTest(t.Context(), to, "x"); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", to, err)
		}
	}
	evil := "Member\r\nBcc: evil@example.net\r\n\r\nhello\u202e\u2028"
	message, err := Render(Invitation{Inviter: evil, Link: "https://tw.example.org/i/1", Expires: noon})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.way.send(t.Context(), envelope{id: "abc", from: m.from, to: "person@example.net", date: noon, Message: message}); err != nil {
		t.Fatal(err)
	}
	mails := s.taken()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	h := mails[0].parsed(t).Header
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || h.Get("Bcc") != "" || strings.ContainsAny(subject, "\r\n\u202e") || !strings.HasPrefix(subject, "Member Bcc: evil@example.net hello") {
		t.Errorf("%q %v, %v", subject, h, err)
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	const link = "https://tw.example.org/x?token=a&b=c"
	for _, l := range []Letter{
		Invitation{Inviter: `<script>alert("x")</script>`, Link: link, Expires: noon}, Verification{Link: link, Expires: noon},
		PasswordReset{Link: link, Expires: noon}, Test{Server: link, Asked: noon},
	} {
		m, err := Render(l)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject == "" || m.Template != l.name() || !strings.Contains(m.Text, link) || !strings.Contains(m.Text, "25 November 2026, 12:00 UTC") ||
			!strings.Contains(m.HTML, "https://tw.example.org/x?token=a&amp;b=c") || !strings.Contains(m.HTML, "</html>") || strings.Contains(m.HTML, "<script") {
			t.Errorf("%s:\n%s\n%s", l.name(), m.Text, m.HTML)
		}
	}
	m, err := Render(Verification{Link: "javascript:alert(1)", Expires: noon})
	if err != nil || strings.Contains(m.HTML, `href="javascript:`) {
		t.Errorf("%s, %v", m.HTML, err)
	}
}

func TestSES(t *testing.T) {
	t.Parallel()
	var last awsfake.Request
	verdict := awsfake.Answer{Body: map[string]any{"MessageId": "0100"}}
	fake := awsfake.New(t, "ses", func(r awsfake.Request) awsfake.Answer {
		last = r
		return verdict
	})
	m, err := SES(fake.Config(), "ThreatWerk <threatwerk@example.org>", at(noon))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SendTest(t.Context(), "person@example.net", "https://tw.example.org"); err != nil {
		t.Fatal(err)
	}
	to := last.Body["Destination"].(map[string]any)["ToAddresses"].([]any)
	simple := last.Body["Content"].(map[string]any)["Simple"].(map[string]any)
	if last.Target != "POST /v2/email/outbound-emails" || last.Body["FromEmailAddress"] != `"ThreatWerk" <threatwerk@example.org>` || len(to) != 1 || to[0] != "person@example.net" ||
		simple["Subject"].(map[string]any)["Data"] != "Test mail from ThreatWerk" || len(simple["Headers"].([]any)) != 2 {
		t.Errorf("%+v", last)
	}
	for _, c := range []struct {
		answer    awsfake.Answer
		want      string
		permanent bool
	}{
		{awsfake.Answer{Error: "MessageRejected", Message: "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: person@example.net"}, "sandbox", false},
		{awsfake.Answer{Error: "MailFromDomainNotVerifiedException", Message: "no"}, "NOTIFY_FROM", false},
		{awsfake.Answer{Error: "AccountSuspendedException", Message: "no"}, "SES console", false},
		{awsfake.Answer{Error: "BadRequestException", Message: "Missing final '@domain'"}, "Missing final", true},
		{awsfake.Answer{Status: 403, Error: "AccessDeniedException", Message: "User `arn:x' is not authorized to perform `ses:SendEmail' on resource `arn:y'"}, "ses:SendEmail", false},
		{awsfake.Answer{Status: 429, Error: "TooManyRequestsException", Message: "slow down"}, "slow down", false},
		{awsfake.Answer{Status: 500, Error: "InternalFailure", Message: "oops"}, "SES_REGION", false},
	} {
		verdict = c.answer
		err := m.SendTest(t.Context(), "person@example.net", "x")
		if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.answer.Error, err)
		}
		u, ok := m.way.send(t.Context(), envelope{id: "1", from: m.from, to: "person@example.net", date: noon}).(*undelivered)
		if !ok || u.permanent != c.permanent {
			t.Errorf("%s: permanent %t", c.answer.Error, u.permanent)
		}
	}
}

func TestMailSwitchedOff(t *testing.T) {
	t.Parallel()
	var m *Mailer
	if err := m.SendTest(t.Context(), "person@example.net", "x"); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
	var o *Outbox
	if o.Enabled() {
		t.Error("enabled")
	}
}
