package app

import (
	"context"
	"time"

	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/awsx"
	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// OpenMailer makes the way out that the settings name; nil when they name none.
func OpenMailer(ctx context.Context, c config.Config) (*mail.Mailer, error) {
	switch c.NotifyBackend {
	case config.NotifySES:
		aws, err := awsx.Load(ctx, c.SESRegion)
		if err != nil {
			return nil, err
		}
		return mail.SES(aws, c.NotifyFrom, time.Now)
	case config.NotifySMTP:
		return mail.SMTP(c.Mail, nil, time.Now)
	}
	return nil, nil
}
