package testkit

import (
	"bufio"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Letter is a mail that a Mailbox took.
type Letter struct {
	To, Subject string
	Text        string // the part for people who read text, decoded
}

// Mailbox is a mail server for all addresses: RFC 5321 as far as a client without encryption needs it.
type Mailbox struct {
	listener net.Listener

	mu      sync.Mutex
	refuses string // what a recipient is answered; empty: taken
	letters []Letter
}

// NewMailbox starts a mail server that ends with the test.
func NewMailbox(t *testing.T) *Mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{listener: listener}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return m
}

// Settings are the environment of a server that sends its mail here.
func (m *Mailbox) Settings() []string {
	_, port, _ := net.SplitHostPort(m.listener.Addr().String())
	return []string{"NOTIFY_BACKEND=smtp", "NOTIFY_FROM=ThreatWerk <threatwerk@example.org>", "SMTP_HOST=127.0.0.1", "SMTP_PORT=" + port, "SMTP_TLS=none"}
}

// Refuse answers recipients so from now on; an empty answer takes them again.
func (m *Mailbox) Refuse(answer string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuses = answer
}

// Find is the newest letter to an address with these words in its subject.
func (m *Mailbox) Find(to, subject string) (Letter, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.letters) - 1; i >= 0; i-- {
		if l := m.letters[i]; l.To == to && strings.Contains(l.Subject, subject) {
			return l, true
		}
	}
	return Letter{}, false
}

func (m *Mailbox) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	to := ""
	say("220 mail.test ESMTP")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " "); strings.ToUpper(verb) {
		case "RCPT":
			_, address, _ := strings.Cut(rest, "<")
			to, _, _ = strings.Cut(address, ">")
			m.mu.Lock()
			verdict := m.refuses
			m.mu.Unlock()
			if verdict == "" {
				verdict = "250 ok"
			}
			say(verdict)
		case "DATA":
			say("354 go on")
			var data strings.Builder
			for {
				text, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if text == ".\r\n" {
					break
				}
				data.WriteString(strings.TrimPrefix(text, "."))
			}
			m.take(to, data.String())
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (m *Mailbox) take(to, data string) {
	l := Letter{To: to}
	if message, err := mail.ReadMessage(strings.NewReader(data)); err == nil {
		l.Subject, _ = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
		l.Text = plainPart(message)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, l)
}

func plainPart(message *mail.Message) string {
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return ""
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			text, _ := io.ReadAll(quotedprintable.NewReader(part))
			return string(text)
		}
	}
}
