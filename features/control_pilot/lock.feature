# When the plug is held, and when it is free.
Feature: Lock policy

  @CP-21
  Scenario: The plug is held once the driver is authorized, not before
    Given a charger that asks for a token
    When the driver plugs in
    And 5 s pass
    Then within 1 s the lock frees the plug
    When the card 04CA2D01 is held to the reader
    Then within 2 s the lock holds the plug

  @CP-21
  Scenario: A pause by the car keeps the plug held
    Given a charger where nobody needs a token
    And a car is charging
    When the car stops asking for energy
    Then for 60 s the lock holds the plug

  @CP-21
  Scenario: A driver who is rejected afterwards gets the plug back
    Given a charger that asks for a token
    And the CSMS says Invalid to the running transaction
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    And 10 s pass
    Then within 2 s the lock frees the plug
    And the plug was never free under power

  @CP-21 @OC-17
  Scenario: The CSMS frees a plug that is held before any transaction
    Given a charger with the configuration
      """
      [lock]
      when = "plugged"
      """
    When the driver plugs in
    Then within 2 s the lock holds the plug
    When the CSMS asks to unlock the plug
    Then within 2 s the charger answers UnlockConnector with Unlocked
    And within 1 s the lock frees the plug
