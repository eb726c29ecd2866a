package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/awsx"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/secret"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// secrets looks at the keys that a server needs; c is what it would start with.
func secrets(c config.Config) []Finding {
	seen := "in the environment"
	if c.SecretsManagerARN != "" {
		seen = "read from AWS Secrets Manager"
	}
	var out []Finding
	if len(c.IgnoredSecrets) > 0 {
		out = append(out, Finding{Unclear, "secret", "keys that mean nothing there: " + list(c.IgnoredSecrets), "move settings into the task definition, and correct misspelt keys"})
	}
	err := secret.Need(c.JWTSecret, c.EncryptionKey)
	switch {
	case err == nil:
		return append(out, Finding{Fine, "secret", seen, ""})
	case c.Local():
		return append(out, Finding{Unclear, "secret", "keys are made up at each start: sessions and stored credentials do not outlive it", "set JWT_SECRET and ENCRYPTION_KEY to 32 characters or more"})
	}
	return append(out, faults("secret", err, "set it")...)
}

// faults makes a finding of each error that err joins.
func faults(what string, err error, remedy string) []Finding {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []Finding
		for _, e := range joined.Unwrap() {
			out = append(out, faults(what, e, remedy)...)
		}
		return out
	}
	f := Finding{State: Wrong, What: what, Seen: err.Error(), Remedy: remedy}
	var p *problem.Error
	if errors.As(err, &p) {
		f.Seen = p.Message
		if p.Cause != nil {
			f.Seen += ": " + p.Cause.Error()
		}
		if p.Remedy != "" {
			f.Remedy = p.Remedy
		}
	}
	return []Finding{f}
}

func letters(ctx context.Context, c config.Config) []Finding {
	if c.NotifyBackend == "" {
		return []Finding{{Unclear, "mail", "none is sent: whoever invites people hands on the links", "set NOTIFY_BACKEND to ses or smtp, and NOTIFY_FROM"}}
	}
	mailer, err := app.OpenMailer(ctx, c)
	if err != nil {
		return faults("mail", err, "correct the settings that docs/operating.md lists under mail")
	}
	seen, err := mailer.Check(ctx)
	switch {
	case errors.Is(err, mail.ErrCannotLook):
		return []Finding{{Unclear, "mail", "the role may send by SES and not look at it", "threatwerk mail test ADDRESS sends one; or allow the role ses:GetEmailIdentity"}}
	case err != nil:
		return faults("mail", err, "compare the settings with those of the mail server")
	}
	return []Finding{{Fine, "mail", seen, ""}}
}

func licence(ctx context.Context, c config.Config) []Finding {
	const ask = "ask for a licence, and set LICENSE_TOKEN and LICENSE_PUBLIC_KEY"
	if c.LicenseMode == config.LicenseAWS {
		region := c.LicenseRegion
		if region == "" {
			region = c.AWSRegion
		}
		if region == "" {
			return []Finding{{Wrong, "licence", "neither LICENSE_REGION nor AWS_REGION is set", "set AWS_REGION to the Region of the tasks, such as eu-central-1; outside AWS set LICENSE_MODE=jwt"}}
		}
		ctx, cancel := context.WithTimeout(ctx, licenceTime)
		defer cancel()
		aws, err := awsx.Load(ctx, region)
		if err != nil {
			return faults("licence", err, "check the AWS_* variables of the task")
		}
		state, err := license.Look(ctx, aws, c.LicenseProductSKU)
		if err != nil {
			return faults("licence", err, ask)
		}
		return []Finding{{Fine, "licence", state.String(), ""}}
	}
	signed, err := license.NewSigned(c.LicenseToken, c.LicensePublicKey, time.Now)
	if err != nil {
		return faults("licence", err, ask)
	}
	state := signed.State()
	switch f := (Finding{Fine, "licence", state.String(), ""}); {
	case state.Standing == license.Over:
		return []Finding{{Wrong, f.What, state.Warning, ask}}
	case state.Warning != "":
		return []Finding{{Unclear, f.What, state.Warning, ask}}
	default:
		return []Finding{f}
	}
}

// licenceTime bounds the question to License Manager, with its retries.
const licenceTime = 25 * time.Second
