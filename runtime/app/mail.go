package app

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

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

// newMailDesk is where admins see how mail goes out.
func newMailDesk(c config.Config, pool *pgxpool.Pool, outbox *mail.Outbox) *mail.Desk {
	settings := mail.Settings{Backend: c.NotifyBackend, From: c.NotifyFrom}
	switch c.NotifyBackend {
	case config.NotifySES:
		settings.Server = c.SESRegion
	case config.NotifySMTP:
		settings.Server = net.JoinHostPort(c.SMTPHost, strconv.Itoa(c.SMTPPort))
	default:
		settings.From = ""
	}
	return mail.NewDesk(settings, address(c), pool, outbox)
}
