package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// received is a mail that a server took.
type received struct {
	from, to string
	data     string
	tls      bool
	user     string
	password string
}

// server is a small mail server: RFC 5321 as far as a client needs it, with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954).
type server struct {
	t        *testing.T
	listener net.Listener
	config   *tls.Config
	roots    *x509.CertPool
	// Set before the first connection.
	startTLS, implicit, auth bool
	refuse                   map[string]string // by command, in place of the good answer

	mu    sync.Mutex
	mails []received
}

func newServer(t *testing.T, set func(*server)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, listener: listener, startTLS: true, auth: true, refuse: map[string]string{}}
	s.config, s.roots = certificate(t)
	set(s)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return s
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) taken() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *server) answer(command, good string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.refuse[command]; bad != "" {
		return bad
	}
	return good
}

func (s *server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	var m received
	if s.implicit {
		conn, m.tls = tls.Server(conn, s.config), true
	}
	r := bufio.NewReader(conn)
	say := func(lines ...string) { _, _ = conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")) }
	say("220 mail.test ESMTP")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		switch verb {
		case "EHLO":
			lines := []string{"250-mail.test"}
			if s.startTLS && !m.tls {
				lines = append(lines, "250-STARTTLS")
			}
			if s.auth {
				lines = append(lines, "250-AUTH PLAIN")
			}
			say(append(lines, "250 8BITMIME")...)
		case "STARTTLS":
			say("220 go on")
			conn, m.tls = tls.Server(conn, s.config), true
			r = bufio.NewReader(conn)
		case "AUTH":
			_, text, _ := strings.Cut(rest, " ")
			raw, _ := base64.StdEncoding.DecodeString(text)
			parts := strings.Split(string(raw), "\x00")
			if len(parts) == 3 {
				m.user, m.password = parts[1], parts[2]
			}
			say(s.answer("AUTH", "235 welcome"))
		case "MAIL":
			m.from = rest
			say(s.answer("MAIL", "250 ok"))
		case "RCPT":
			m.to = rest
			say(s.answer("RCPT", "250 ok"))
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
			m.data = data.String()
			verdict := s.answer("DATA", "250 taken")
			if strings.HasPrefix(verdict, "2") {
				s.mu.Lock()
				s.mails = append(s.mails, m)
				s.mu.Unlock()
			}
			say(verdict)
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// parsed reads the mail as a program would.
func (m received) parsed(t *testing.T) *mail.Message {
	t.Helper()
	out, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatalf("%v in %q", err, m.data)
	}
	return out
}
