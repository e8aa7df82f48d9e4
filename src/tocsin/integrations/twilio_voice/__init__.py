"""Phone calls over Twilio."""
