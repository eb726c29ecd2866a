package mail

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/threatwerk/threatwerk/internal/platform/awsx"
)

// sesWay sends by Amazon SES, which gives each mail a Message-ID of its own; ours stands in a header beside it.
type sesWay struct{ client *sesv2.Client }

// SES makes a mailer for a Region's SES. It needs the permission ses:SendEmail.
func SES(c aws.Config, from string, now func() time.Time) (*Mailer, error) {
	return newMailer(&sesWay{sesv2.NewFromConfig(c)}, from, now)
}

func (w *sesWay) send(ctx context.Context, e envelope) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	utf8 := func(text string) *types.Content {
		return &types.Content{Data: aws.String(text), Charset: aws.String("UTF-8")}
	}
	_, err := w.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(e.from.String()),
		Destination:      &types.Destination{ToAddresses: []string{e.to}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: utf8(e.Subject),
			Body:    &types.Body{Text: utf8(e.Text), Html: utf8(e.HTML)},
			Headers: []types.MessageHeader{
				{Name: aws.String("Auto-Submitted"), Value: aws.String(autoSubmitted)},
				{Name: aws.String(idHeader), Value: aws.String(e.id)},
			},
		}},
	})
	if err == nil {
		return nil
	}
	return sesFailed(err)
}

// check implements way. A sender may be verified by its domain or by itself (Amazon SES developer guide, verified identities).
func (w *sesWay) check(ctx context.Context, from *mail.Address) (string, error) {
	_, domain, _ := strings.Cut(from.Address, "@")
	for _, identity := range []string{domain, from.Address} {
		out, err := w.client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(identity)})
		switch {
		case err == nil && out.VerifiedForSendingStatus:
			return "SES has verified " + identity, nil
		case err == nil || awsx.Why(err) == awsx.NotFound:
		case awsx.Why(err) == awsx.Denied:
			return "", ErrCannotLook
		default:
			return "", sesFailed(err)
		}
	}
	unverified := errors.New("SES has verified neither " + domain + " nor " + from.Address)
	return "", &undelivered{words: unverified.Error(), remedy: "verify the domain of NOTIFY_FROM in SES in this Region, and check SES_REGION", cause: unverified}
}

func sesFailed(err error) error {
	short := awsx.Cause(err)
	u := &undelivered{words: oneLine(short.Error()), cause: short}
	var (
		rejected *types.MessageRejected
		request  *types.BadRequestException
		from     *types.MailFromDomainNotVerifiedException
		paused   *types.SendingPausedException
		account  *types.AccountSuspendedException
	)
	switch {
	case errors.As(err, &rejected):
		// In the sandbox this is what unverified recipients come to, which the operator can mend.
		u.remedy = "verify the domain of NOTIFY_FROM in SES in this Region, and ask AWS to move the account out of the sandbox"
	case errors.As(err, &from):
		u.remedy = "verify the domain of NOTIFY_FROM in SES in this Region"
	case errors.As(err, &paused), errors.As(err, &account):
		u.remedy = "sending is stopped for this AWS account: see the SES console"
	case errors.As(err, &request):
		u.permanent = true
	default:
		switch awsx.Why(err) {
		case awsx.Denied:
			u.remedy = "add " + awsx.PermissionIn(err, "ses:SendEmail") + " to the task role's policy"
		case awsx.NoCredentials:
			u.remedy = "the task has no usable AWS credentials: set TaskRoleArn in the task definition"
		case awsx.NotFound:
			u.remedy = "verify the domain of NOTIFY_FROM in SES in this Region, and check SES_REGION"
		case awsx.Unreachable:
			u.remedy = "SES does not answer: check SES_REGION, and the NAT gateway and its route"
		}
	}
	return u
}
