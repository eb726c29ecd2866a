package config

import (
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// Secrets are what internal/platform/secret resolves and checks; they are read here from the environment that it made.
type Secrets struct {
	SecretsManagerARN     string `env:"SECRETS_MANAGER_ARN"`
	AWSRegion             string `env:"AWS_REGION"`
	JWTSecret             string `env:"JWT_SECRET"`
	EncryptionKey         string `env:"ENCRYPTION_KEY"`
	EncryptionKeyPrevious string `env:"ENCRYPTION_KEY_PREVIOUS"`
	NVDAPIKey             string `env:"NVD_API_KEY"`
	GHSAToken             string `env:"GHSA_TOKEN"`
	OTXAPIKey             string `env:"OTX_API_KEY"`
	OIDCClientSecret      string `env:"OIDC_CLIENT_SECRET"`
	// IgnoredSecrets are keys of the secret that mean nothing here.
	IgnoredSecrets []string `env:"-"`
}

// Local reports whether only this machine is served, so that keys may be made up for the run: no secret is named, and no public
// address, without which requests for names other than loopback ones are refused.
func (c *Config) Local() bool {
	if c.SecretsManagerARN != "" {
		return false
	}
	if c.AppURL == "" {
		return true
	}
	u, err := url.Parse(c.AppURL)
	return err == nil && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Limits bound what one caller may ask for.
type Limits struct {
	RateLimitRPS    float64 `env:"RATE_LIMIT_RPS" envDefault:"10"`
	RateLimitBurst  int     `env:"RATE_LIMIT_BURST" envDefault:"60"`
	SignInPerMinute int     `env:"SIGNIN_LIMIT_PER_MINUTE" envDefault:"10"`
	UploadsAtOnce   int     `env:"UPLOADS_AT_ONCE" envDefault:"4"`
	TrustedProxies  int     `env:"TRUSTED_PROXIES"`
}

const (
	maxRPS     = 100_000
	maxBurst   = 1_000_000
	maxUploads = 100
	maxProxies = 10
)

// check also settles TrustedProxies: on ECS a load balancer stands before the task, elsewhere nobody is believed.
func (l *Limits) check(set map[string]string) []error {
	var faults []error
	report := func(ok bool, name, wanted string) {
		if _, given := set[name]; given && !ok {
			faults = append(faults, fault(name, set[name], wanted))
		}
	}
	report(l.RateLimitRPS > 0 && l.RateLimitRPS <= maxRPS || !isNumber(set["RATE_LIMIT_RPS"]), "RATE_LIMIT_RPS", "above 0, at most 100000")
	report(between(set, "RATE_LIMIT_BURST", l.RateLimitBurst, 1, maxBurst), "RATE_LIMIT_BURST", "1 to 1000000")
	report(between(set, "SIGNIN_LIMIT_PER_MINUTE", l.SignInPerMinute, 1, maxBurst), "SIGNIN_LIMIT_PER_MINUTE", "1 to 1000000")
	report(between(set, "UPLOADS_AT_ONCE", l.UploadsAtOnce, 1, maxUploads), "UPLOADS_AT_ONCE", "1 to 100")
	report(between(set, "TRUSTED_PROXIES", l.TrustedProxies, 0, maxProxies), "TRUSTED_PROXIES", "0 to 10")
	if set["TRUSTED_PROXIES"] == "" && set["ECS_CONTAINER_METADATA_URI_V4"] != "" {
		l.TrustedProxies = 1
	}
	return faults
}

// between lets pass what could not be parsed: that is reported already.
func between(set map[string]string, name string, value, low, high int) bool {
	return set[name] != strconv.Itoa(value) || value >= low && value <= high
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// The modes of LICENSE_MODE.
const (
	LicenseAWS = "aws_marketplace"
	LicenseJWT = "jwt"
)

// License says where the licence comes from.
type License struct {
	LicenseMode        string `env:"LICENSE_MODE" envDefault:"aws_marketplace"`
	LicenseProductSKU  string `env:"LICENSE_PRODUCT_SKU"`
	LicenseEntitlement string `env:"LICENSE_ENTITLEMENT" envDefault:"AWS::Marketplace::Usage"`
	LicenseRegion      string `env:"LICENSE_REGION"`
	LicensePublicKey   string `env:"LICENSE_PUBLIC_KEY"`
	LicenseToken       string `env:"LICENSE_TOKEN"`
}

func (l *License) check() []error {
	if l.LicenseMode != LicenseAWS && l.LicenseMode != LicenseJWT {
		return []error{fault("LICENSE_MODE", l.LicenseMode, "aws_marketplace or jwt")}
	}
	return nil
}

// The ways of NOTIFY_BACKEND and SMTP_TLS.
const (
	NotifySES    = "ses"
	NotifySMTP   = "smtp"
	TLSRequired  = "starttls" // starts plain, and goes on encrypted or not at all
	TLSFromStart = "tls"      // encrypted from the first byte
	TLSNone      = "none"
)

// Mail says how mail goes out; an empty NotifyBackend sends none.
type Mail struct {
	NotifyBackend string `env:"NOTIFY_BACKEND"`
	NotifyFrom    string `env:"NOTIFY_FROM"`
	SESRegion     string `env:"SES_REGION"`
	SMTPHost      string `env:"SMTP_HOST"`
	SMTPPort      int    `env:"SMTP_PORT" envDefault:"587"`
	SMTPUsername  string `env:"SMTP_USERNAME"`
	SMTPPassword  string `env:"SMTP_PASSWORD"`
	SMTPTLS       string `env:"SMTP_TLS" envDefault:"starttls"`
}

// check also settles SESRegion, which is AWS_REGION unless it is set.
func (m *Mail) check(set map[string]string, region string) []error {
	var faults []error
	report := func(ok bool, name, seen, wanted string) {
		if !ok {
			faults = append(faults, fault(name, seen, wanted))
		}
	}
	if m.SESRegion == "" {
		m.SESRegion = region
	}
	report(between(set, "SMTP_PORT", m.SMTPPort, 1, 65535), "SMTP_PORT", set["SMTP_PORT"], "a port of 1 to 65535")
	report(m.SMTPTLS == TLSRequired || m.SMTPTLS == TLSFromStart || m.SMTPTLS == TLSNone, "SMTP_TLS", m.SMTPTLS, "starttls, tls or none")
	switch m.NotifyBackend {
	case "":
		return faults
	case NotifySES:
		report(m.SESRegion != "", "SES_REGION", "", "the Region whose SES sends, such as eu-central-1")
	case NotifySMTP:
		report(m.SMTPHost != "" && !strings.ContainsAny(m.SMTPHost, "/:@ "), "SMTP_HOST", m.SMTPHost, "the mail server's name without scheme or port")
		// The password is not quoted.
		report(m.SMTPTLS != TLSNone || m.SMTPPassword == "" || isLoopback(m.SMTPHost), "SMTP_TLS", m.SMTPTLS,
			"starttls or tls: the password would cross the network readable")
	default:
		report(false, "NOTIFY_BACKEND", m.NotifyBackend, "ses or smtp, or nothing for no mail")
		return faults
	}
	_, err := mail.ParseAddress(m.NotifyFrom)
	report(err == nil, "NOTIFY_FROM", m.NotifyFrom, "the sender's address, such as ThreatWerk <threatwerk@example.org>")
	return faults
}
