# EVerest 1038, go-e API v2 155, evcc 26037 and 29532: a limit in watts is of the whole outlet, and a charger that cannot switch
# lines must divide it by the lines that the car draws from.
Feature: A limit in watts, and the lines of the car

  Background:
    Given a charger where nobody needs a token

  @OC-14
  Scenario Outline: <limit> W for <lines> line(s), a car of three lines
    Given the car "renault-zoe"
    And a car is charging
    When the CSMS calls SetChargingProfile with
      """
      {"evseId": 1, "chargingProfile": {"id": 7, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
       "chargingProfileKind": "Absolute", "chargingSchedule": [{"id": 1, "startSchedule": "2026-01-01T00:00:00Z", "chargingRateUnit": "W",
       "chargingSchedulePeriod": [{"startPeriod": 0, "limit": <limit>, "numberPhases": <lines>}]}]}}
      """
    Then within 5 s the charger answers SetChargingProfile with Accepted
    When 30 s pass
    Then the meter power is at most <most>
    And for 10 min the contactor stays <contactor>

    Examples:
      | limit | lines | most   | contactor |
      | 2000  | 1     | 0 W    | open      |
      | 7000  | 1     | 7100 W | closed    |
      | 7000  | 2     | 7100 W | closed    |
      | 7000  | 3     | 7100 W | closed    |

  @OC-14
  Scenario: 3 kW for one line leave a car of one line all of it
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 3 kW
    Then within 7 s the car draws 13 A

  @OC-14
  Scenario: 3 kW from the beginning: a car of one line is tried with the least current, and then has all of it
    Given the car "small-car-7"
    And the CSMS sets a default profile of 3 kW
    When the driver plugs in
    Then within 5 s the pilot duty is 10.0 %
    And within 10 s the contactor closes
    And within 15 s the car draws 13 A

  @OC-14
  Scenario: 3 kW from the beginning: a car of three lines is found out within seconds, once
    Given the CSMS sets a default profile of 3 kW
    When the driver plugs in
    Then within 10 s the contactor closes
    And within 3 s the pilot carries no PWM
    And within 5 s the contactor opens
    And within 1 s the CSMS received TransactionEvent where
      | transactionInfo.chargingState | SuspendedEVSE |
    And the limit is 4.347 A by the Profile
    When 10 s pass
    And a new window begins
    Then for 30 min the contactor stays open
    When the CSMS sets a default profile of 6 kW
    Then within 10 s the contactor closes
    And within 10 s the car draws 8.7 A

  @OC-14
  Scenario: 3 kW are enough for a car of two lines
    Given the CSMS sets a default profile of 3 kW
    When the car draws at most 0 A on L3
    And the driver plugs in
    Then within 10 s the contactor closes
    And within 15 s the car draws 6.5 A
    And for 10 min the contactor stays closed

  Scenario: 1.3 kW are too little for any car
    Given the CSMS sets a default profile of 1300 W
    When the driver plugs in
    Then for 10 min the contactor stays open

  Scenario: 4 kW: a car of one line makes a pause, and asks again
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 4 kW
    And 30 s pass
    And the car stops asking for energy
    Then within 1 s the session event ChargingPausedEV is seen
    And within 1 s the CSMS received TransactionEvent where
      | transactionInfo.chargingState | SuspendedEV |
    And for 60 s there is no session event ChargingPausedEVSE
    When the car asks for energy
    Then within 5 s the contactor closes
    And within 15 s the car draws 17.4 A

  Scenario: 4 kW: a car of one line that balances its cells keeps its offer
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 4 kW
    And 30 s pass
    And the car draws 0.5 A whatever is offered
    Then for 10 min the contactor stays closed
    And for 1 s there is no session event ChargingPausedEVSE
    When the car draws what is offered
    Then within 15 s the car draws 17.4 A

  Scenario: 4 kW: the lines of the car are remembered when the charger makes the pause
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 4 kW
    And 30 s pass
    And the CSMS limits the charger to 0 A
    Then within 8 s the contactor opens
    When 60 s pass
    And the CSMS limits the charger to 32 A
    Then within 10 s the contactor closes
    And within 15 s the car draws 17.4 A

  Scenario: 4 kW: the lines of the car are remembered when a fault makes the pause
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 4 kW
    And 30 s pass
    And the meter is lost
    Then within 10 s the contactor opens
    When 60 s pass
    And the meter is back
    Then within 60 s the contactor closes
    And within 15 s the car draws 17.4 A

  Scenario: The next car has lines of its own
    Given the car "small-car-7"
    And the CSMS sets a default profile of 5 kW
    When the driver plugs in
    Then within 30 s the car draws 21.7 A
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 5 s the pilot duty is 12.0 %

  Scenario: A car that takes a second line in the middle of it is held to the limit
    Given the CSMS sets a default profile of 5 kW
    When the car draws at most 0 A on L2
    And the car draws at most 0 A on L3
    And the driver plugs in
    Then within 30 s the car draws 21.7 A
    When the car draws what is offered
    And 8 s pass
    Then the meter power is at most 5100 W

  Scenario: A car of three lines at an outlet with one gets one
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [outlet]
      phases = 1
      """
    And the car "renault-zoe"
    And a car is charging
    When 30 s pass
    Then the meter power is between 6.5 kW and 7.5 kW
    # A limit in watts is for that line alone.
    When the CSMS sets a profile of 3 kW
    Then within 7 s the car draws 13 A
    And the meter power is between 2.7 kW and 3.1 kW
