package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// sendTime bounds a conversation with a mail server.
const sendTime = 30 * time.Second

// smtpWay sends by SMTP, with a connection a mail: few are sent.
type smtpWay struct {
	host    string
	secret  string // never in an error
	options []gomail.Option
}

// SMTP makes a mailer from the settings. roots are the authorities that the server's certificate is checked against; nil: the system's.
func SMTP(c config.Mail, roots *x509.CertPool, now func() time.Time) (*Mailer, error) {
	w := &smtpWay{host: c.SMTPHost, secret: c.SMTPPassword, options: []gomail.Option{
		gomail.WithPort(c.SMTPPort), gomail.WithTimeout(sendTime),
		gomail.WithTLSConfig(&tls.Config{ServerName: c.SMTPHost, RootCAs: roots, MinVersion: tls.VersionTLS12}),
	}}
	switch c.SMTPTLS {
	case config.TLSFromStart:
		w.options = append(w.options, gomail.WithSSL())
	case config.TLSNone:
		w.options = append(w.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		w.options = append(w.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.SMTPUsername != "" {
		w.options = append(w.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.SMTPUsername), gomail.WithPassword(c.SMTPPassword))
	}
	if _, err := gomail.NewClient(w.host, w.options...); err != nil {
		return nil, fmt.Errorf("SMTP settings: %w", err)
	}
	return newMailer(w, c.NotifyFrom, now)
}

func (w *smtpWay) send(ctx context.Context, e envelope) error {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.FromFormat(e.from.Name, e.from.Address); err != nil {
		return &undelivered{permanent: true, words: "the sender's address is not taken", remedy: "correct NOTIFY_FROM", cause: err}
	}
	if err := message.To(e.to); err != nil {
		return &undelivered{permanent: true, words: "the recipient's address is not taken", cause: err}
	}
	message.Subject(e.Subject)
	message.SetMessageIDWithValue(e.messageID())
	message.SetDateWithValue(e.date)
	message.SetGenHeader("Auto-Submitted", autoSubmitted)
	message.SetGenHeader(idHeader, e.id)
	message.SetBodyString(gomail.TypeTextPlain, e.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, e.HTML)
	client, err := gomail.NewClient(w.host, w.options...)
	if err != nil {
		return w.failed(err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, message)
	var sent *gomail.SendError
	if errors.As(err, &sent) && (sent.Reason == gomail.ErrSMTPReset || sent.Reason == gomail.ErrConnCheck) && message.IsDelivered() {
		err = nil // the server took it and failed only afterwards
	}
	if err != nil && !message.IsDelivered() {
		return w.failed(err)
	}
	return nil
}

// check implements way.
func (w *smtpWay) check(ctx context.Context, _ *mail.Address) (string, error) {
	client, err := gomail.NewClient(w.host, w.options...)
	if err != nil {
		return "", w.failed(err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return "", w.failed(err)
	}
	_ = client.Close() // it has answered
	return "the mail server " + client.ServerAddr() + " answers", nil
}

// failed tells what came of the conversation, without what it was about.
func (w *smtpWay) failed(err error) error {
	u := &undelivered{words: oneLine(err.Error()), cause: err}
	if w.secret != "" {
		u.words = strings.ReplaceAll(u.words, w.secret, "…")
		u.cause = errors.New(u.words)
	}
	var (
		sent    *gomail.SendError
		reply   *textproto.Error
		dns     *net.DNSError
		network net.Error
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &cert):
		u.remedy = "the server's certificate is not trusted here: correct SMTP_HOST, or give the server a certificate of a known authority"
	case errors.As(err, &sent):
		u.permanent = !sent.IsTemp() && sent.ErrorCode() >= 500
	case errors.As(err, &reply) && (reply.Code == 535 || reply.Code == 534 || reply.Code == 530):
		u.remedy = "the server does not let this user in: correct SMTP_USERNAME and SMTP_PASSWORD"
	case errors.As(err, &dns):
		u.remedy = "the server's name is unknown here: correct SMTP_HOST"
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		u.remedy = "the server does not answer: correct SMTP_HOST and SMTP_PORT, and let the tasks reach that port"
	case strings.Contains(u.words, "STARTTLS"):
		u.remedy = "the server offers no encryption: use SMTP_TLS=tls with its port, usually 465"
	case errors.As(err, &network):
		u.remedy = "nothing listens there: correct SMTP_HOST and SMTP_PORT"
	}
	return u
}
