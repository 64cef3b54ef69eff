"""An invented clinic with history around today, made through the same services as a real one."""
