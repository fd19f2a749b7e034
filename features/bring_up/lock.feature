# When the plug is held, and when it is free.
@bring-up @operator @requires:lock
Feature: Bring-up: the lock

  @BU-LK-01 @requires:rfid
  Scenario: The plug is held once the driver is authorized, not before, and the bolt confirms it
    Given a charger that asks for a token
    When the driver plugs in
    And 5 s pass
    Then the number of lock movements is exactly 0
    When the card 04CA2D01 is held to the reader
    Then the time until the lock holds the plug is at most 2 s

  @BU-LK-02 @requires:rfid
  Scenario: A driver who is deauthorized in B gets the plug back
    Given a charger that asks for a token
    And the car waits before it asks for energy
    And the CSMS says Invalid to the running transaction
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then the time from the lock holds the plug until the lock frees the plug is at most 2 s
    And the pilot is in state B

  @BU-LK-03
  Scenario: A pause by the car keeps the plug held
    Given a charger where nobody needs a token
    And a car is connected and the contactor is closed
    When the car stops asking for energy
    And 10 s pass
    Then the number of lock movements is exactly 0
    And for 1 s the lock holds the plug

  @BU-LK-04
  Scenario: Freeing the plug by force wins
    Given a charger with the configuration
      """
      [lock]
      when = "plugged"
      """
    When the driver plugs in
    Then the time until the lock holds the plug is at most 2 s
    When the CSMS asks to unlock the plug
    Then the time until the lock frees the plug is at most 2 s
